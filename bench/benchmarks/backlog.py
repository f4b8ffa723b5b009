"""Throughput of processing with very many pending orders, against few.

On both sides new orders replace the completed ones, so the backlog keeps its size.
"""

import time
from collections.abc import Iterator

from bench.context import Context
from bench.progress import feed
from bench.report.line import Line, Value, at_least
from bench.rounds import medians
from bench.servers import Server, ours

FEW, MANY = 1_000, 1_000_000
WARM_UP_SECONDS = 1.5
WINDOW_SECONDS = 4.0
LEAST = 0.95


def run(context: Context) -> Iterator[Line]:
    """Orders completed a second, in a fixed window."""

    def with_pending(pending: int) -> float:
        database = context.copy_of_database(pending, f"backlog-{pending}")
        with ours(database, PROCESSING_SECONDS=0) as server:
            return _completed_per_second(server, pending)

    sides = {"many": lambda: with_pending(MANY), "few": lambda: with_pending(FEW)}
    measured = medians(context.rounds, sides)
    yield at_least(
        f"processing, with {MANY:,} pending against {FEW:,}",
        Value(measured["many"], "orders/s"),
        Value(measured["few"], "orders/s"),
        LEAST,
    )


def _completed_per_second(server: Server, pending: int) -> float:
    client = server.client
    feed(client, pending, WARM_UP_SECONDS)
    began, first = time.monotonic(), client.get("/orders/metrics")[1]["completed"]["count"]
    metrics = feed(client, pending, WINDOW_SECONDS)
    completed: int = metrics["completed"]["count"] - first
    return completed / (time.monotonic() - began)
