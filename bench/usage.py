"""What a server uses: the memory and CPU time of its child processes, which do its work."""

import importlib
from typing import Any

MEGABYTE = 1_000_000


def resident_megabytes(pid: int) -> float:
    """Resident memory of the children of `pid`, in megabytes of 1,000,000 bytes."""
    return float(sum(child.memory_info().rss for child in _children(pid))) / MEGABYTE


def cpu_seconds(pid: int) -> float:
    """CPU time of the children of `pid` so far, in their own code and in the system's."""
    return float(sum(sum(child.cpu_times()[:2]) for child in _children(pid)))


def _children(pid: int) -> Any:
    return importlib.import_module("psutil").Process(pid).children(recursive=True)
