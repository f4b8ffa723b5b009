"""The CPU of an order's start and completion: making both changes, and storing them on SQLite.

In large groups, as the dispatcher stores them. The dispatcher itself, the queue and the workers are
not in it.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

from adapters.sql.database import Database
from adapters.sql.databases.known import kind_of
from adapters.sql.orders import SqlOrderRepository
from bench import BenchFailed
from bench.context import Context
from bench.report.line import Line
from domain.order import Order
from tests.harness.builders import LEASE, an_order

ORDERS = 500  # that start in a group, in which as many others complete
GROUPS = 10  # in each of the context's rounds
OWNER = "0" * 32
MOST_US = 60.0


def run(context: Context, groups: int = GROUPS) -> Iterator[Line]:
    """Microseconds an order, in both groups together: the least of all rounds."""
    url = context.new_database("write-cpu")
    database = Database.open(kind_of(url), url)
    orders = SqlOrderRepository(database)
    numbers = count(1)
    started: list[Order] = []
    measured = []
    for _ in range(context.rounds * groups):
        pending = [an_order(f"ORD{next(numbers)}") for _ in range(ORDERS)]
        orders.add(pending)
        began = time.process_time()
        now = datetime.now(UTC)
        ends = [order.complete(now) for order in started]
        starts = [order.start(now, LEASE, OWNER) for order in pending]
        stored = orders.update([*ends, *starts])
        measured.append((time.process_time() - began) / ORDERS * 1e6)
        if not all(stored):
            raise BenchFailed("a change was refused")
        started = [start.new for start in starts]
    database.close()
    least = min(measured[1:])  # in the first group nothing completes
    yield Line(
        work=f"CPU of writing an order's start and completion, {2 * ORDERS:,} changes at once",
        ours=f"{least:.1f} us",
        aim=f"under {MOST_US:g} us",
        reached=least < MOST_US,
    )
