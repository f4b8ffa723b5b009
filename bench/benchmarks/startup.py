"""From the start of the process to the first 201, on a new database."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from bench.context import Context
from bench.report.line import Line, Value, under
from bench.rounds import medians
from bench.servers import Server, floor, ours

MOST_SECONDS = 2.0


def run(context: Context) -> Iterator[Line]:
    """Seconds; the floor's are what Python, Flask and the server take."""
    sides = {"ours": lambda: _seconds(ours), "floor": lambda: _seconds(floor)}
    measured = medians(context.rounds, sides)
    yield under(
        "start-up to first 201, new database",
        Value(measured["ours"], "s"),
        MOST_SECONDS,
        Value(measured["floor"], "s"),
    )


def _seconds(start: Callable[[], AbstractContextManager[Server]]) -> float:
    began = time.monotonic()
    with start():
        return time.monotonic() - began
