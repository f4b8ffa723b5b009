"""Orders through start and complete with a no-op processor, against Dramatiq's no-op tasks.

SQLite commits with synchronous=FULL; the Redis or Valkey of Dramatiq keeps nothing on disk.
"""

import time
from collections.abc import Iterator
from functools import partial

from bench.context import Context
from bench.engines.engine import tasks_per_second
from bench.engines.known import DRAMATIQ
from bench.engines.store import store
from bench.processes import LIMIT_SECONDS, BenchFailed
from bench.report.line import Line, Value, at_least
from bench.rounds import medians
from bench.servers import Server, ours

ORDERS = 20_000
POLL_SECONDS = 0.05
LEAST = 3.0


def run(context: Context) -> Iterator[Line]:
    """Orders a second, and tasks a second."""

    def service() -> float:
        database = context.copy_of_database(ORDERS, "process")
        with ours(database, PROCESSING_SECONDS=0) as server:
            return _watch(server)

    with store() as broker:
        engine = partial(tasks_per_second, DRAMATIQ, broker)
        measured = medians(context.rounds, {"ours": service, "engine": engine})
        where = broker.name
    yield at_least(
        f"process, against {DRAMATIQ.name}, {where}",
        Value(measured["ours"], "orders/s"),
        Value(measured["engine"], "tasks/s"),
        LEAST,
    )


def _watch(server: Server) -> float:
    """Orders a second, from the first look to the last order."""
    client = server.client
    metrics = client.get("/orders/metrics")
    began, first = time.monotonic(), _completed(metrics)
    while _completed(metrics) < metrics["total_orders"]:
        time.sleep(POLL_SECONDS)
        metrics = client.get("/orders/metrics")
        if time.monotonic() - began > LIMIT_SECONDS:
            raise BenchFailed(f"after {LIMIT_SECONDS} s the service was still at {metrics}")
    return (_completed(metrics) - first) / (time.monotonic() - began)


def _completed(metrics: dict[str, dict[str, int]]) -> int:
    return metrics["completed"]["count"]
