"""No-op tasks on Celery, without results."""

import os

from celery import Celery

app = Celery("bench", broker=os.environ["ORDERS_BENCH_BROKER"])
app.conf.task_ignore_result = True
app.conf.broker_connection_retry_on_startup = True


def nothing() -> None:
    """Do nothing."""


task = app.task(name="nothing")(nothing)


def enqueue(tasks: int) -> None:
    """Enqueue that many tasks, on one connection."""
    with app.producer_pool.acquire(block=True) as producer:
        for _ in range(tasks):
            task.apply_async(producer=producer)
