"""Orders through a Celery worker on PostgreSQL, against no-op tasks through a bare one.

The same broker, pool and number of threads. The bare worker finds its tasks published; ours, and
the API beside it, publish hints while it works.
"""

import time
from collections.abc import Iterator
from functools import partial
from uuid import uuid4

from bench import postgres
from bench.commands import MAIN
from bench.context import Context
from bench.engines.engine import TASKS, tasks_per_second
from bench.engines.known import celery
from bench.engines.store import Store, store
from bench.processes import LIMIT_SECONDS, PYTHON, BenchFailed, started
from bench.report.line import Line, Value, at_least
from bench.rounds import medians
from bench.servers import ours

ORDERS = 8_000
THREADS = 100  # the service's default
POLL_SECONDS = 0.1
LEAST = 0.6


def run(context: Context, orders: int = ORDERS, tasks: int = TASKS) -> Iterator[Line]:
    """Orders a second, and tasks a second."""
    bare = celery(THREADS)
    with store() as broker:
        sides = {
            "ours": partial(_orders_per_second, context, broker, orders),
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


def _orders_per_second(context: Context, broker: Store, orders: int) -> float:
    broker.client.flushdb()
    with postgres.filled(orders) as url:
        settings = {
            "QUEUE": "celery",
            "BROKER_URL": broker.url,
            "BROKER_QUEUE": f"bench-{uuid4().hex}",
            "PROCESSING_SECONDS": 0,
            "MAX_WORKERS": THREADS,
        }
        worker = [PYTHON, MAIN, "worker"]
        with (
            ours(url, **settings),
            started(worker, context.folder, DATABASE_URL=url, DRAIN_SECONDS=0, **settings),
        ):
            return _watch(url, orders)


def _watch(url: str, orders: int) -> float:
    """From the first look at which something was done to the last order."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while (first := _completed(url)) == 0:
        _wait(deadline)
    began = time.monotonic()
    while (done := _completed(url)) < orders:
        _wait(deadline)
    return (done - first) / (time.monotonic() - began)


def _wait(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise BenchFailed(f"a Celery worker was not done after {LIMIT_SECONDS} s")
    time.sleep(POLL_SECONDS)


def _completed(url: str) -> int:
    return int(float(postgres.ask(url, "SELECT sum(completed) FROM order_counters")))
