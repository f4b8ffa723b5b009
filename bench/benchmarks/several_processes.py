"""Four processes on one PostgreSQL, against one; and how many of their claims others had first.

Each order waits for ten milliseconds, and each process has a few at once, so that a process mostly
waits and four could do four times as much: where there are cores for all of it. Claims are counted
at the full speed of all four, from what each process logs at its end.
"""

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import URL

from bench import BenchFailed, postgres
from bench.commands import output_of
from bench.context import Context
from bench.progress import POLL_SECONDS, in_database, per_second_during
from bench.report.line import Line, Value, at_least, under
from bench.rounds import medians
from tests.harness.contents import not_ended
from tests.harness.processes import MAIN
from tests.harness.service import Service, running
from tests.harness.waits import wait_until

PROCESSES = 4
EACH_SECONDS = 0.01
AT_ONCE = 5  # in each process: at most 500 orders a second
ORDERS = 20_000  # more than four complete in the window
LEAST = 3.0
CORES = 2 * PROCESSES  # for the server's processes as well; with fewer nothing is judged
MOST_LOST_PERCENT = 1.0
LOGGED = re.compile(r"(\d+) orders were started here; (\d+) starts came too late")


def speed(context: Context, orders: int = ORDERS) -> Iterator[Line]:
    """Orders a second."""

    def with_processes(processes: int) -> float:
        with postgres.filled(orders) as database, ExitStack() as stack:
            output_of("python", MAIN, "pause", DATABASE_URL=database)  # until all have started
            for _ in range(processes):
                stack.enter_context(_service(database, AT_ONCE, EACH_SECONDS))
            output_of("python", MAIN, "resume", DATABASE_URL=database)
            completed = in_database(database)
            wait_until(lambda: completed() > 0, POLL_SECONDS)
            return per_second_during(completed, context.seconds)

    sides = {"four": partial(with_processes, PROCESSES), "one": partial(with_processes, 1)}
    measured = medians(context.rounds, sides)
    context.servers.add(postgres.server_name())
    yield at_least(
        "process on PostgreSQL, 10 ms each, 4 processes against 1",
        Value(measured["four"], "orders/s"),
        Value(measured["one"], "orders/s"),
        LEAST,
        judged=(os.cpu_count() or 1) >= CORES,
    )


def lost_claims(context: Context, orders: int = ORDERS) -> Iterator[Line]:
    """In per cent of all; with no-op work and as many at once as by default."""
    with postgres.filled(orders) as database, ExitStack() as stack:
        services = [
            stack.enter_context(_service(database, at_once=100, each_seconds=0))
            for _ in range(PROCESSES)
        ]
        wait_until(lambda: not_ended(database) == 0, POLL_SECONDS)
        counts = [_claims(service) for service in services]
    context.servers.add(postgres.server_name())
    started, lost = (sum(column) for column in zip(*counts, strict=True))
    yield under(
        "claims lost, PostgreSQL, 4 processes",
        Value(100 * lost / (started + lost), "%"),
        MOST_LOST_PERCENT,
    )


@contextmanager
def _service(database: URL, at_once: int, each_seconds: float) -> Iterator[Service]:
    with (
        TemporaryDirectory(prefix="bench-") as folder,
        running(
            Path(folder),
            DATABASE_URL=database,
            MAX_WORKERS=at_once,
            PROCESSING_SECONDS=each_seconds,
        ) as service,
    ):
        yield service


def _claims(service: Service) -> list[int]:
    """Orders that it started, and those that others, or a cancel, had taken before."""
    service.terminate()
    counts = LOGGED.search(service.log.read_text(encoding="utf-8"))
    if counts is None:
        raise BenchFailed("the service did not log how many claims it lost")
    return [int(count) for count in counts.groups()]
