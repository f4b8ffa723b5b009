"""How much memory a server uses: that of its children, which do its work."""

import importlib
import subprocess

MEGABYTE = 1_000_000


def resident_megabytes(process: subprocess.Popen[bytes]) -> float:
    """Now."""
    psutil = importlib.import_module("psutil")
    children = psutil.Process(process.pid).children(recursive=True)
    return float(sum(child.memory_info().rss for child in children)) / MEGABYTE
