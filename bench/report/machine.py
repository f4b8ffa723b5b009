"""What the numbers were measured on."""

import os
import platform
from pathlib import Path

from adapters.sql.databases.sqlite_library import choose_library


def describe() -> str:
    """Cores, processor, system, Python and the SQLite that the service chooses."""
    library = choose_library()
    return (
        f"{os.cpu_count()} cores, {_processor()}; {platform.system()} {platform.release()};"
        f" Python {platform.python_version()};"
        f" SQLite {library.module.sqlite_version}, journal mode {library.journal_mode}"
    )


def _processor() -> str:
    try:
        information = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    names = [line for line in information.splitlines() if line.startswith("model name")]
    return names[0].partition(":")[2].strip() if names else platform.machine()
