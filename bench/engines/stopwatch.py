"""Times a worker's tasks from within: each calls `tick`, and the last of them writes how long.

So that it does not matter where a task queue keeps what waits, or when it says that a task is done.
"""

import os
import time
from itertools import count
from pathlib import Path

TASKS = int(os.environ["ORDERS_BENCH_TASKS"])
REPORT = "seconds"  # a file in the worker's folder

_numbers = count(1)  # one step at a time, in any thread
_began = 0.0


def tick() -> None:
    """A task was run."""
    global _began  # noqa: PLW0603  # as the tasks are the module's
    number = next(_numbers)
    if number == 1:
        _began = time.monotonic()
    if number == TASKS:
        unfinished = Path(f"{REPORT}.unfinished")
        unfinished.write_text(str(time.monotonic() - _began), encoding="utf-8")
        unfinished.rename(REPORT)
