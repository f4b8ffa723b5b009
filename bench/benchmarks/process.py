"""Orders through start and complete with a no-op processor, against Dramatiq's no-op tasks.

SQLite commits with synchronous=FULL; the Redis or Valkey of Dramatiq keeps nothing on disk.
"""

import time
from collections.abc import Iterator
from functools import partial

from bench.client import Client
from bench.context import Context
from bench.engines.broker_database import broker_database
from bench.engines.engine import tasks_per_second
from bench.engines.registry import DRAMATIQ
from bench.report.line import Line, Value, at_least
from bench.rounds import medians
from bench.servers import ours
from tests.harness.waits import wait_until

ORDERS = 20_000
POLL_SECONDS = 0.05
LEAST = 3.0


def run(context: Context) -> Iterator[Line]:
    """Orders a second, and tasks a second."""

    def service() -> float:
        database = context.copy_of_database(ORDERS, "process")
        with ours(database, PROCESSING_SECONDS=0) as server:
            return _watch(server.client)

    with broker_database() as broker:
        engine = partial(tasks_per_second, DRAMATIQ, broker)
        measured = medians(context.rounds, {"ours": service, "engine": engine})
        where = broker.name
    yield at_least(
        f"process, against {DRAMATIQ.name}, {where}",
        Value(measured["ours"], "orders/s"),
        Value(measured["engine"], "tasks/s"),
        LEAST,
    )


def _watch(client: Client) -> float:
    """Orders completed a second, from the first look until all are."""
    metrics = client.get("/orders/metrics")[1]
    orders: int = metrics["total_orders"]
    first: int = metrics["completed"]["count"]
    began = time.monotonic()
    wait_until(lambda: _completed(client) >= orders, POLL_SECONDS)
    return (orders - first) / (time.monotonic() - began)


def _completed(client: Client) -> int:
    count: int = client.get("/orders/metrics")[1]["completed"]["count"]
    return count
