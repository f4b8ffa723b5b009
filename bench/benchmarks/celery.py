"""Orders through a Celery worker on PostgreSQL, against no-op tasks through a bare one.

Broker, pool and number of threads are the same. The bare worker finds all its tasks published;
ours and the API publish hints while it works.
"""

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from sqlalchemy import URL

from bench import postgres
from bench.context import Context
from bench.engines.broker_database import BrokerDatabase, broker_database
from bench.engines.engine import TASKS, tasks_per_second
from bench.engines.registry import celery
from bench.report.line import Line, Value, at_least
from bench.rounds import medians
from bench.servers import ours
from tests.harness.contents import query
from tests.harness.deployment import Worker
from tests.harness.processes import launched
from tests.harness.waits import wait_until

ORDERS = 8_000
THREADS = 100  # the service's default
POLL_SECONDS = 0.1
LEAST = 0.6


def run(context: Context, orders: int = ORDERS, tasks: int = TASKS) -> Iterator[Line]:
    """Orders a second, and tasks a second."""
    bare = celery(THREADS)
    with broker_database() as broker:
        sides = {
            "ours": partial(_orders_per_second, broker, orders),
            "bare": partial(tasks_per_second, bare, broker, tasks),
        }
        measured = medians(context.rounds, sides)
        where = f"{broker.name}, {postgres.server_name()}"
    yield at_least(
        f"process by a Celery worker, against bare {bare.name}, {where}",
        Value(measured["ours"], "orders/s"),
        Value(measured["bare"], "tasks/s"),
        LEAST,
    )


def _orders_per_second(broker: BrokerDatabase, orders: int) -> float:
    broker.client.flushdb()
    with postgres.filled(orders) as database, TemporaryDirectory(prefix="bench-") as folder:
        settings: dict[str, Any] = {
            "QUEUE": "celery",
            "BROKER_URL": broker.url,
            "BROKER_QUEUE": f"bench-{uuid4().hex}",
            "PROCESSING_SECONDS": 0,
            "MAX_WORKERS": THREADS,
        }
        worker = Worker(Path(folder), DATABASE_URL=database, **settings)
        with ours(database, **settings), launched(worker):
            return _watch(database, orders)


def _watch(database: URL, orders: int) -> float:
    """Orders a second, from the first completed order that was seen to the last."""
    wait_until(lambda: _completed(database) > 0, POLL_SECONDS)
    began, first = time.monotonic(), _completed(database)
    wait_until(lambda: _completed(database) >= orders, POLL_SECONDS)
    return (orders - first) / (time.monotonic() - began)


def _completed(database: URL) -> int:
    ((completed,),) = query(database, "SELECT sum(completed) FROM order_counters")
    return int(completed)
