"""How a worker shows that it lives and hears, and how a probe on the same host finds out."""

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

SILENT_SECONDS = 10.0  # a process that has not shown itself for so long is stuck


class Sign(NamedTuple):
    """A process's last sign of life."""

    pid: int
    age_seconds: float
    deaf_seconds: float  # hints waited for so long while it was free


def health_folder(settings: Settings) -> Path:
    """Where this host's workers of one service and one user leave their signs."""
    service = (settings.database_url, settings.broker_url, settings.broker_queue, os.getuid())
    name = sha256(repr(service).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"order-service-{name}"


class HealthFile:
    """One process's sign of life, written whenever it is called."""

    def __init__(self, folder: Path, deaf_seconds: Callable[[], float]) -> None:
        self._folder = folder
        self._deaf_seconds = deaf_seconds

    def __call__(self) -> None:
        """Raises OSError when it cannot be written; a probe then finds no sign."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        sign = {"monotonic": time.monotonic(), "deaf_seconds": self._deaf_seconds()}
        draft = self._folder / f"{os.getpid()}.draft"
        draft.write_text(json.dumps(sign), encoding="utf-8")
        draft.replace(self._path)

    def remove(self) -> None:
        """Leave no sign behind."""
        with suppress(OSError):
            self._path.unlink()
            self._folder.rmdir()  # if it is the last one

    @property
    def _path(self) -> Path:
        return self._folder / f"{os.getpid()}.json"


def signs_of_life(folder: Path) -> Iterator[Sign]:
    """Those of processes that run; what others left behind is removed."""
    for path in sorted(folder.glob("*.json")):
        with suppress(OSError, ValueError, KeyError):  # it may go away at any moment
            pid = int(path.stem)
            if not _runs(pid):
                path.unlink()
                continue
            found = json.loads(path.read_text(encoding="utf-8"))
            age_seconds = abs(time.monotonic() - found["monotonic"])  # ahead of us: of another boot
            yield Sign(pid, age_seconds, found["deaf_seconds"])


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def find_faults(signs: list[Sign], deaf_after_seconds: float) -> list[str]:
    """What is wrong with this host's workers, a sentence for each; empty when all is well."""
    if not signs:
        return ["no worker of this service runs here"]
    faults = []
    for sign in signs:
        if sign.age_seconds > SILENT_SECONDS:
            faults.append(f"worker {sign.pid} has shown no sign for {sign.age_seconds:.0f} s")
        elif sign.deaf_seconds > deaf_after_seconds:
            faults.append(
                f"worker {sign.pid} is deaf: it was free for {sign.deaf_seconds:.0f} s"
                " while hints waited at the broker, and heard none"
            )
    return faults
