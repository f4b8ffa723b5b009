"""The service and the floor, each as a running server."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from sqlalchemy import URL

from bench.client import Client
from tests.harness.builders import order_body
from tests.harness.processes import launched
from tests.harness.service import OWN_SERVER, Service
from tests.harness.waits import wait_until

HOUR = 3600  # as a processing time: nothing completes while it is measured
FLOOR = ("python", "-m", "bench.floor")
POLL_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class Server:
    """A server that has accepted its first order."""

    url: str
    pid: int
    client: Client  # for single requests; load comes from another process


@contextmanager
def ours(database: URL | None = None, **settings: object) -> Iterator[Server]:
    """The service on a migrated database or an SQLite file, by default a new one."""
    given = settings if database is None else settings | {"DATABASE_URL": database}
    with _serving(OWN_SERVER, **given) as server:
        yield server


@contextmanager
def floor(**settings: object) -> Iterator[Server]:
    """A bare Flask view on the service's server."""
    with _serving(FLOOR, **settings) as server:
        yield server


@contextmanager
def _serving(command: tuple[str, ...], **settings: object) -> Iterator[Server]:
    with (
        TemporaryDirectory(prefix="bench-") as folder,
        launched(Service(Path(folder), command, **settings)) as service,
        Client(service.port) as client,
    ):
        wait_until(lambda: _accepts(service, client), POLL_SECONDS)
        client.close()  # it connects again when it is used; the server drops idle connections
        yield Server(service.url, service.pid, client)


def _accepts(service: Service, client: Client) -> bool:
    """Whether it accepts a new order; fails when its process has ended."""
    try:
        client.send("POST", "/orders/", order_body(f"first-{uuid4().hex}"))
    except OSError:
        assert service.is_running(), "the server ended"
        return False
    return True
