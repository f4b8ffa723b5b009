"""How much memory a server uses: that of its children, which do its work."""

import importlib
import subprocess
import threading
from typing import Any, Self

MEGABYTE = 1_000_000


def resident_megabytes(process: subprocess.Popen[bytes]) -> float:
    """Now."""
    return _total(_children(process))


class Growth:
    """By how many megabytes it grew at most, while the block ran."""

    PERIOD_SECONDS = 0.01

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._children = _children(process)
        self._before = self._peak = _total(self._children)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    @property
    def megabytes(self) -> float:
        """So far."""
        return self._peak - self._before

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(self.PERIOD_SECONDS):
            self._peak = max(self._peak, _total(self._children))


def _children(process: subprocess.Popen[bytes]) -> list[Any]:
    psutil = importlib.import_module("psutil")
    return list(psutil.Process(process.pid).children(recursive=True))


def _total(children: list[Any]) -> float:
    return float(sum(child.memory_info().rss for child in children)) / MEGABYTE
