"""The two HTTP sides, each a server of its own: the service and the floor."""

import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from bench.client import Client
from bench.commands import MAIN
from bench.processes import PYTHON, free_port, started, wait_until

HOUR = 3600  # as a processing time: nothing completes while it is measured


@dataclass(frozen=True, slots=True)
class Server:
    """A server that has accepted its first order."""

    url: str
    process: subprocess.Popen[bytes]
    client: Client  # for single requests; load comes from elsewhere


@contextmanager
def ours(database: Path | str | None = None, **settings: object) -> Iterator[Server]:
    """The service on an SQLite file, on a migrated database's URL, or on a new SQLite file."""
    with TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        file = database or folder / "orders.db"
        url = database if isinstance(database, str) else f"sqlite:///{file}"
        with _serving([PYTHON, MAIN], folder, DATABASE_URL=url, DRAIN_SECONDS=0, **settings) as it:
            yield it


@contextmanager
def floor(**settings: object) -> Iterator[Server]:
    """A bare Flask view on the service's server."""
    with (
        TemporaryDirectory(prefix="bench-") as folder,
        _serving([PYTHON, "-m", "bench.floor"], Path(folder), **settings) as it,
    ):
        yield it


@contextmanager
def _serving(command: list[str], folder: Path, **settings: object) -> Iterator[Server]:
    port, first = free_port(), f"first-{uuid4().hex}"
    with (
        started(command, folder, PORT=port, **settings) as process,
        closing(Client(port)) as client,
    ):
        wait_until(lambda: client.accepts(first), process)
        client.close()  # until it is used: the server hangs up on who says nothing for long
        yield Server(f"http://127.0.0.1:{port}", process, client)
