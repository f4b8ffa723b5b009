"""How much memory a server uses: that of its children, which do its work."""

import importlib

MEGABYTE = 1_000_000


def resident_megabytes(pid: int) -> float:
    """Now."""
    psutil = importlib.import_module("psutil")
    children = psutil.Process(pid).children(recursive=True)
    return float(sum(child.memory_info().rss for child in children)) / MEGABYTE
