"""Orders through a Celery worker on PostgreSQL, against no-op tasks through a bare one.

Broker, pool and number of threads are the same. The bare worker finds all its tasks published;
ours and the API publish hints while it works.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import postgres
from bench.brokers import broker_name
from bench.context import Context
from bench.engines.engine import tasks_per_second
from bench.engines.registry import AT_ONCE, CELERY_THREADS
from bench.progress import in_database, per_second
from bench.report.line import Line, Value, at_least
from bench.rounds import medians
from bench.servers import ours
from tests.harness.brokers import new_queue
from tests.harness.deployment import Worker
from tests.harness.processes import launched

ORDERS, TASKS = 8_000, 4_000
LEAST, THEN_LEAST = 1.0, 2.0


def on_redis(context: Context, orders: int = ORDERS, tasks: int = TASKS) -> Iterator[Line]:
    """Orders a second, and tasks a second."""
    yield _compare(context, "redis", orders, tasks)


def on_rabbitmq(context: Context, orders: int = ORDERS, tasks: int = TASKS) -> Iterator[Line]:
    """The same."""
    yield _compare(context, "rabbitmq", orders, tasks)


def _compare(context: Context, kind: str, orders: int, tasks: int) -> Line:
    context.servers.update([broker_name(kind), postgres.server_name()])
    sides = {
        "ours": partial(_orders_per_second, kind, orders),
        "bare": partial(_tasks_per_second, kind, tasks),
    }
    measured = medians(context.rounds, sides)
    broker = broker_name(kind).partition(" ")[0]
    return at_least(
        f"process by a worker, {broker}, against bare {CELERY_THREADS.name}",
        Value(measured["ours"], "orders/s"),
        Value(measured["bare"], "tasks/s"),
        LEAST,
        then=THEN_LEAST,
    )


def _tasks_per_second(kind: str, tasks: int) -> float:
    with new_queue(kind) as (url, name):
        return tasks_per_second(CELERY_THREADS, url, tasks, BENCH_QUEUE=name)


def _orders_per_second(kind: str, orders: int) -> float:
    with (
        new_queue(kind) as (url, name),
        postgres.filled(orders) as database,
        TemporaryDirectory(prefix="bench-") as folder,
    ):
        settings: dict[str, Any] = {
            "QUEUE": "celery",
            "BROKER_URL": url,
            "BROKER_QUEUE": name,
            "PROCESSING_SECONDS": 0,
            "MAX_WORKERS": AT_ONCE,
        }
        worker = Worker(Path(folder), DATABASE_URL=database, **settings)
        with ours(database, **settings), launched(worker):
            return per_second(in_database(database), orders)
