"""The API and Celery workers in processes of their own, on one database, broker and queue."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL

from tests.harness.contents import not_ended
from tests.harness.processes import MAIN, Process
from tests.harness.service import Service
from tests.harness.waits import wait_until

FAST: dict[str, Any] = {
    "PROCESSING_SECONDS": "0.01-0.05",
    "SWEEP_SECONDS": 0.1,
    "LEASE_SECONDS": 2,
    "MAX_CRASHES": 100,
}
CELERY = ("celery", "-A", "entrypoints.celery_worker", "worker", "-l", "INFO")
PREFORK = (*CELERY, "-P", "prefork", "-c", "4")


class Worker(Process):
    """A Celery worker: one process, or with prefork a group."""

    def __init__(self, folder: Path, command: tuple[str, ...] = (), **settings: object) -> None:
        super().__init__(folder, *(command or ("python", MAIN, "worker")), **settings)
        self.environment |= {"TMPDIR": str(folder)}  # for its heartbeat files

    def wait_until_it_is_ready(self) -> None:
        """Returns when it is connected to the broker; fails when it has ended."""

        def is_ready() -> bool:
            assert self.is_running(), self.log.read_text()
            return " ready." in self.log.read_text()

        wait_until(is_ready)

    def freeze(self) -> None:
        """Stop all its processes, as swapping or live migration of a machine does."""
        os.killpg(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.killpg(self.pid, signal.SIGCONT)

    def is_gone(self) -> bool:
        """Whether none of its processes runs, not counting zombies: a container may keep them."""
        return not any(group == self.pid and state != "Z" for state, group in _processes())


class Deployment:
    """APIs and workers on one database and one queue."""

    def __init__(
        self, folder: Path, database: URL, broker_url: str, queue: str, **settings: object
    ) -> None:
        self.folder = folder
        self.database = database
        self.settings: dict[str, Any] = FAST | {
            "SWEEP_SECONDS": 0.5,
            "MAX_WORKERS": 8,
            "DATABASE_URL": database,
            "QUEUE": "celery",
            "BROKER_URL": broker_url,
            "BROKER_QUEUE": queue,
            "BROKER_VISIBILITY_SECONDS": 3,
            **settings,
        }
        self._all: list[Process] = []

    def start_api(self, **settings: object) -> Service:
        api = Service(self.folder, **self.settings | settings)
        self._launch(api)
        return api.wait_until_it_answers()

    def start_worker(self, *command: str, **settings: object) -> Worker:
        """`python main.py worker`, or the given command."""
        worker = Worker(self.folder, command, **self.settings | settings)
        self._launch(worker)
        worker.wait_until_it_is_ready()
        return worker

    def check(self, *options: str) -> subprocess.CompletedProcess[str]:
        """`python main.py worker --check`, as a probe runs it."""
        command = ("python", MAIN, "worker", "--check", *options)
        return Worker(self.folder, command, **self.settings).run()

    def wait_until_all_are_completed(self) -> None:
        wait_until(lambda: not_ended(self.database) == 0)

    def _launch(self, process: Process) -> None:
        self._all.append(process)
        process.launch()

    def end(self) -> None:
        for one in self._all:
            one.end()


@contextmanager
def deployment(
    folder: Path, database: URL, broker_url: str, queue: str, **settings: object
) -> Iterator[Deployment]:
    """A deployment whose processes end with the block."""
    deployed = Deployment(folder, database, broker_url, queue, **settings)
    try:
        yield deployed
    finally:
        deployed.end()


def _processes() -> Iterator[tuple[str, int]]:
    """The state and the group of every process on this machine."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            state, _parent, group = path.read_text().rpartition(")")[2].split()[:3]
            yield state, int(group)
