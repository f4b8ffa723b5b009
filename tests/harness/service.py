"""The service in processes of its own, by default on an SQLite file in the given folder."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

from tests.harness.builders import order_body
from tests.harness.client import Client
from tests.harness.processes import MAIN, Process, free_port, launched
from tests.harness.waits import wait_until

OWN_SERVER = ("python", MAIN)


class Service(Process):
    """One HTTP server; "{port}" in its command becomes its port."""

    def __init__(
        self, folder: Path, command: tuple[str, ...] = OWN_SERVER, **settings: object
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        parts = (part.format(port=self.port) for part in command)
        super().__init__(folder, *parts, PORT=self.port, **settings)

    def answers(self) -> bool:
        """Whether it answers; fails when its process has ended."""
        try:
            return self.get("/healthz")[0] == 200
        except OSError:
            assert self.is_running(), self.log.read_text()
            return False

    def get(self, path: str) -> tuple[int, Any]:
        with Client(self.port) as client:
            return client.get(path)

    def post(self, path: str, body: object) -> tuple[int, Any]:
        with Client(self.port) as client:
            return client.post(path, body)

    def create(self, order_id: str) -> int:
        """POST an order; returns the status of the answer."""
        return self.post("/orders/", order_body(order_id))[0]

    def create_until_it_dies(self, order_ids: Iterable[str]) -> set[str]:
        """POST one order after another; returns those that were answered with 201."""
        acknowledged = set()
        with suppress(OSError):
            for order_id in order_ids:
                if self.create(order_id) == HTTPStatus.CREATED:
                    acknowledged.add(order_id)
        return acknowledged

    def count(self, status: str) -> int:
        count: int = self.get("/orders/metrics")[1].get(status.lower(), {"count": 0})["count"]
        return count

    def wait_until_it_answers(self) -> Self:
        wait_until(self.answers)
        return self


@contextmanager
def running(
    folder: Path, command: tuple[str, ...] = OWN_SERVER, **settings: object
) -> Iterator[Service]:
    """A service that answers; ended with the block."""
    with launched(Service(folder, command, **settings)) as service:
        yield service.wait_until_it_answers()
