"""How much memory a server uses: that of its child processes, which do its work."""

import importlib

MEGABYTE = 1_000_000


def resident_megabytes(pid: int) -> float:
    """Resident memory of the children of `pid`, in megabytes of 1,000,000 bytes."""
    psutil = importlib.import_module("psutil")
    children = psutil.Process(pid).children(recursive=True)
    return float(sum(child.memory_info().rss for child in children)) / MEGABYTE
