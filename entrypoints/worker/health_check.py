"""How a worker shows that it is alive and receiving, and how a probe on its host finds out."""

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from entrypoints.wiring.settings import Settings

SILENT_SECONDS = 10.0  # a process with an older heartbeat file counts as stuck
STALLED_KEY = "deaf_seconds"  # in a heartbeat file, which other versions read and write too


class ProcessHealth(NamedTuple):
    """What a process last wrote into its heartbeat file."""

    pid: int
    age_seconds: float  # of the file
    stalled_seconds: float  # how long hints had waited at the broker while it was free


def heartbeat_folder(settings: Settings) -> Path:
    """Where the workers of one service and one user on this host keep their heartbeat files."""
    service = (settings.database_url, settings.broker_url, settings.broker_queue, os.getuid())
    name = sha256(repr(service).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"order-service-{name}"


class HeartbeatFile:
    """The heartbeat file of this process."""

    def __init__(self, folder: Path, stalled_seconds: Callable[[], float]) -> None:
        self._folder = folder
        self._stalled_seconds = stalled_seconds

    def write(self) -> None:
        """Raises OSError when it cannot be written; a probe then finds an old one, or none."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        health = {"monotonic": time.monotonic(), STALLED_KEY: self._stalled_seconds()}
        draft = self._folder / f"{os.getpid()}.draft"
        draft.write_text(json.dumps(health), encoding="utf-8")
        draft.replace(self._path)

    def remove(self) -> None:
        """Leave no file behind."""
        with suppress(OSError):
            self._path.unlink()
            self._folder.rmdir()  # if it is the last one

    @property
    def _path(self) -> Path:
        return self._folder / f"{os.getpid()}.json"


def read_heartbeats(folder: Path) -> Iterator[ProcessHealth]:
    """The health of each live process. Deletes the files of processes that have ended."""
    for path in sorted(folder.glob("*.json")):
        with suppress(OSError, ValueError, KeyError):  # it may go away at any moment
            pid = int(path.stem)
            if not _runs(pid):
                path.unlink()
                continue
            found = json.loads(path.read_text(encoding="utf-8"))
            age_seconds = abs(time.monotonic() - found["monotonic"])  # ahead: from before a reboot
            yield ProcessHealth(pid, age_seconds, found[STALLED_KEY])


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it runs, as another user
    return True


def find_faults(processes: list[ProcessHealth], stalled_after_seconds: float) -> list[str]:
    """What is wrong with this host's workers, a sentence for each; empty when all is well."""
    if not processes:
        return ["no worker of this service runs here"]
    faults = []
    for process in processes:
        if process.age_seconds > SILENT_SECONDS:
            faults.append(f"worker {process.pid} has been silent for {process.age_seconds:.0f} s")
        elif process.stalled_seconds > stalled_after_seconds:
            faults.append(
                f"worker {process.pid} is stalled: it was free for {process.stalled_seconds:.0f} s"
                " while hints waited at the broker, and received none"
            )
    return faults
