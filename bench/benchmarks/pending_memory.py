"""Resident memory of the service with very many pending orders, against none."""

import time
from collections.abc import Iterator

from bench.context import Context
from bench.report.line import Line, Value, at_most_more
from bench.rounds import medians
from bench.servers import HOUR, ours
from bench.usage import resident_megabytes

PENDING = 1_000_000
SETTLE_SECONDS = 3  # some sweeps
REQUESTS = 100
MOST_MORE = 50.0


def run(context: Context) -> Iterator[Line]:
    """Megabytes, after some sweeps and requests."""

    def with_orders(pending: int) -> float:
        # Migrated beforehand on both sides: migrating loads modules that stay in memory.
        database = (
            context.copy_of_database(pending, "memory")
            if pending
            else context.new_database("no-orders")
        )
        with ours(database, PROCESSING_SECONDS=HOUR, MAX_WORKERS=4) as server:
            client = server.client
            for _ in range(REQUESTS):
                client.get("/orders/metrics")
            time.sleep(SETTLE_SECONDS)  # memory still grows a little after a start
            return resident_megabytes(server.pid)

    sides = {"many": lambda: with_orders(PENDING), "none": lambda: with_orders(0)}
    measured = medians(context.rounds, sides)
    yield at_most_more(
        f"memory, with {PENDING:,} pending against none",
        Value(measured["many"], "MB"),
        Value(measured["none"], "MB"),
        MOST_MORE,
    )
