"""The API and Celery workers in processes of their own, on one database, broker and queue."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, NullPool, create_engine, text

from tests.harness.service import BIN, LIMIT_SECONDS, ROOT, Service, wait_until

FAST: dict[str, Any] = {
    "PROCESSING_SECONDS": "0.01-0.05",
    "SWEEP_SECONDS": 0.1,
    "LEASE_SECONDS": 2,
    "MAX_CRASHES": 100,
}
CELERY = ("celery", "-A", "entrypoints.celery_worker", "worker", "-l", "INFO")
PREFORK = (*CELERY, "-P", "prefork", "-c", "4")


class Worker(Service):
    """A process, or with prefork a group of them, that works on what the broker hands it."""

    def __init__(self, folder: Path, command: tuple[str, ...], **settings: object) -> None:
        super().__init__(folder, command or ("python", "main.py", "worker"), **settings)
        self._environment = {**self._environment, "TMPDIR": str(folder)}  # for its heartbeat files

    def answers(self) -> bool:
        """Whether it is connected to the broker."""
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        return " ready." in self.log.read_text()

    def freeze(self) -> None:
        """As a machine does that swaps, or a virtual one that is moved."""
        os.killpg(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.killpg(self.pid, signal.SIGCONT)

    def is_gone(self) -> bool:
        """Whether none of its processes runs; in a container, nobody may ever reap the dead."""
        return not any(group == self.pid and state != "Z" for state, group in _processes())

    def kill_if_running(self) -> None:
        with suppress(ProcessLookupError):  # children may outlive their parent
            if self.process is not None:
                os.killpg(self.pid, signal.SIGKILL)
                self.process.wait(LIMIT_SECONDS)


class Deployment:
    """What shares one database and one queue of a broker."""

    def __init__(
        self, folder: Path, database: URL, broker_url: str, queue: str, **settings: object
    ) -> None:
        self.folder = folder
        self.database = database
        address = database.render_as_string(hide_password=False)
        self.settings: dict[str, Any] = FAST | {
            "SWEEP_SECONDS": 0.5,
            "MAX_WORKERS": 8,
            "DATABASE_URL": address,
            "QUEUE": "celery",
            "BROKER_URL": broker_url,
            "BROKER_QUEUE": queue,
            "BROKER_VISIBILITY_SECONDS": 3,
            **settings,
        }
        self._all: list[Service] = []

    def start_api(self, **settings: object) -> Service:
        service = Service(self.folder, (), **self.settings | settings)
        self._all.append(service)
        return service.start()

    def start_worker(self, *command: str, **settings: object) -> Worker:
        """`python main.py worker`, or the given command."""
        worker = Worker(self.folder, command, **self.settings | settings)
        self._all.append(worker)
        worker.start()
        return worker

    def check(self, *options: str) -> subprocess.CompletedProcess[str]:
        """`python main.py worker --check`, as a probe runs it."""
        return subprocess.run(
            [BIN / "python", "main.py", "worker", "--check", *options],
            cwd=ROOT,
            env=Worker(self.folder, (), **self.settings)._environment,
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )

    def wait_until_all_are_completed(self) -> None:
        wait_until(lambda: not_ended(self.database) == 0)

    def end(self) -> None:
        for one in self._all:
            one.kill_if_running()


@contextmanager
def deployment(
    folder: Path, database: URL, broker_url: str, queue: str, **settings: object
) -> Iterator[Deployment]:
    """One of which nothing outlives the test."""
    deployed = Deployment(folder, database, broker_url, queue, **settings)
    try:
        yield deployed
    finally:
        deployed.end()


def _processes() -> Iterator[tuple[str, int]]:
    """The state and the group of every process of this machine."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            state, _parent, group = path.read_text().rpartition(")")[2].split()[:3]
            yield state, int(group)


def query(database: URL, sql: str) -> list[tuple[Any, ...]]:
    engine = create_engine(database, poolclass=NullPool)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def not_ended(database: URL) -> int:
    count: int = query(database, "SELECT count(*) FROM orders WHERE status <> 'Completed'")[0][0]
    return count


def check_that_nothing_is_lost(database: URL, acknowledged: set[str] | None = None) -> int:
    """Every order is Completed, once; history, rows and counters say the same. Returns how many."""
    stored = query(database, "SELECT order_id, status FROM orders")
    assert (acknowledged or set()) - {order_id for order_id, _ in stored} == set()
    assert [row for row in stored if row[1] != "Completed"] == []
    assert query(
        database,
        "SELECT count(*), count(DISTINCT order_id) FROM order_events WHERE kind = 'completed'",
    ) == [(len(stored), len(stored))]
    (sums,) = query(
        database,
        "SELECT sum(completed), sum(pending), sum(processing), sum(failed), sum(cancelled)"
        " FROM order_counters",
    )
    assert tuple(map(int, sums)) == (len(stored), 0, 0, 0, 0)
    return len(stored)
