"""A real service in processes of its own, on a database in a test's folder."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
LIMIT_SECONDS = 120.0  # for what takes a moment on a machine with nothing else to do


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: Callable[[], bool], between_seconds: float = 0.02) -> None:
    """Return when the condition holds, looked at so often; fail when it does not in time."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(between_seconds)  # not for luck


class Service:
    """One server; its settings are given as the environment has them, without ORDERS_."""

    def __init__(self, folder: Path, command: tuple[str, ...] = (), **settings: object) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [part.format(port=self.port) for part in command] or ["python", "main.py"]
        self._environment = environment(folder, PORT=self.port, **settings)
        self.log = folder / f"service-{self.port}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Service":
        """Start it, and wait until it answers."""
        self.launch()
        wait_until(self.answers)
        return self

    def launch(self) -> None:
        """Start it in a process group of its own."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(BIN / self._command[0]), *self._command[1:]],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def workers(self) -> list[int]:
        """The process ids of the children of the main process."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def answers(self) -> bool:
        try:
            return self.get("/healthz")[0] == 200
        except OSError:
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text()
            return False

    def get(self, path: str) -> tuple[int, Any]:
        return self._ask(urllib.request.Request(self.url + path))

    def post(self, path: str, body: object) -> tuple[int, Any]:
        data = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        return self._ask(urllib.request.Request(self.url + path, data, headers))

    def create(self, order_id: str) -> int:
        """POST an order; returns the status of the answer."""
        body = {"user_id": 1, "order_id": order_id, "item_ids": [101], "total_amount": 59.99}
        return self.post("/orders/", body)[0]

    def count(self, status: str) -> int:
        count: int = self.get("/orders/metrics")[1].get(status.lower(), {"count": 0})["count"]
        return count

    def kill(self) -> None:
        """kill -9 of all its processes at one moment."""
        os.killpg(self.pid, signal.SIGKILL)
        assert self.process is not None
        self.process.wait(LIMIT_SECONDS)

    def kill_if_running(self) -> None:
        """So that it does not outlive the test."""
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def terminate(self, signum: int = signal.SIGTERM) -> int:
        """Ask it to stop; returns the exit code."""
        assert self.process is not None
        self.process.send_signal(signum)
        return self.wait()

    def terminate_impatiently(self, signum: int = signal.SIGTERM) -> int:
        """Ask it to stop again and again; returns the exit code."""

        def has_ended() -> bool:
            assert self.process is not None
            self.process.send_signal(signum)
            return self.process.poll() is not None

        wait_until(has_ended)
        return self.wait()

    def wait(self) -> int:
        """Wait for its end; returns the exit code."""
        assert self.process is not None
        return self.process.wait(LIMIT_SECONDS)

    def _ask(self, request: urllib.request.Request) -> tuple[int, Any]:
        try:
            with urllib.request.urlopen(request, timeout=LIMIT_SECONDS) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)


def environment(folder: Path, **settings: object) -> Mapping[str, str]:
    """The environment of a service whose files and modules are in `folder`."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("ORDERS_")}
    given = {"DATABASE_URL": f"sqlite:///{folder}/orders.db"} | settings
    return (
        inherited
        | {"PYTHONPATH": str(folder)}
        | {f"ORDERS_{name}": str(value) for name, value in given.items()}
    )


@contextmanager
def running(folder: Path, command: tuple[str, ...] = (), **settings: object) -> Iterator[Service]:
    """A started service that does not outlive the test."""
    service = Service(folder, command, **settings)
    try:
        yield service.start()
    finally:
        service.kill_if_running()


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """What a query says of the database, read while nobody has it open."""
    with closing(sqlite3.connect(folder / "orders.db")) as connection:
        return connection.execute(query).fetchall()


def check_that_nothing_is_lost(folder: Path, expected: set[str]) -> None:
    """Every order is Completed, once; history, rows and counters say the same."""
    assert {row[0] for row in rows(folder, "SELECT order_id FROM orders")} >= expected
    assert rows(folder, "SELECT order_id, status FROM orders WHERE status != 'Completed'") == []
    twice = (
        "SELECT order_id FROM order_events WHERE kind = 'completed'"
        " GROUP BY order_id HAVING count(*) != 1"
    )
    assert rows(folder, twice) == []
    counted = rows(folder, "SELECT count(*), 0, 0, 0 FROM orders")
    assert (
        rows(
            folder,
            "SELECT sum(completed), sum(pending), sum(processing), sum(failed) FROM order_counters",
        )
        == counted
    )
    assert rows(folder, "PRAGMA integrity_check") == [("ok",)]
