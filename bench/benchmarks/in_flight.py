"""Ten thousand orders at once on one process, each at five seconds of waiting."""

import time
from collections.abc import Iterator
from typing import NamedTuple

from bench import load
from bench.context import Context
from bench.progress import by_metrics, per_second_during
from bench.report.line import Line, Value, at_least, over, under
from bench.servers import ours
from bench.usage import resident_megabytes

AT_ONCE = 10_000
EACH_SECONDS = 5
WINDOW_SECONDS = 3 * EACH_SECONDS  # a multiple: orders that start together end together
ORDERS = 80_000  # more than are completed meanwhile
CONNECTIONS = 32
LEAST_PER_SECOND = 1_900.0
MOST_MEGABYTES = 250.0
LEAST_OF_CREATES = 0.9


class _Full(NamedTuple):
    orders_per_second: float
    creates_per_second: float
    megabytes: float


def run(context: Context, at_once: int = AT_ONCE, orders: int = ORDERS) -> Iterator[Line]:
    """Orders a second, memory, and creates a second beside them; one round, as it takes long."""
    full, creates_per_second = _full(context, at_once, orders), _creates_with_few(context)
    work = f"{at_once:,} in flight at {EACH_SECONDS} s"
    yield over(work, Value(full.orders_per_second, "orders/s"), LEAST_PER_SECOND)
    yield under(f"{work}, memory", Value(full.megabytes, "MB"), MOST_MEGABYTES)
    yield at_least(
        f"create, with {at_once:,} in flight against few",
        Value(full.creates_per_second, "requests/s"),
        Value(creates_per_second, "requests/s"),
        LEAST_OF_CREATES,
    )


def _full(context: Context, at_once: int, orders: int) -> _Full:
    database = context.copy_of_database(orders, "in-flight")
    with ours(database, PROCESSING_SECONDS=EACH_SECONDS, MAX_WORKERS=at_once) as server:
        time.sleep(2 * EACH_SECONDS)  # until as many are in flight as may be
        rate = per_second_during(by_metrics(server.client), WINDOW_SECONDS)
        creates = load.create(server.url, CONNECTIONS, context.seconds)
        return _Full(rate, creates.per_second, resident_megabytes(server.pid))


def _creates_with_few(context: Context) -> float:
    with ours(PROCESSING_SECONDS=EACH_SECONDS) as server:
        return load.create(server.url, CONNECTIONS, context.seconds).per_second
