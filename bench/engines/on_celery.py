"""No-op tasks on Celery, without results."""

import os

from celery import Celery

from bench.engines.stopwatch import tick

app = Celery("bench", broker=os.environ["ORDERS_BENCH_ADDRESS"])
app.conf.task_default_queue = os.environ["ORDERS_BENCH_QUEUE"]
app.conf.task_ignore_result = True
app.conf.broker_connection_retry_on_startup = True

task = app.task(name="nothing")(tick)


def enqueue(tasks: int) -> None:
    """Enqueue that many tasks, on one connection."""
    with app.producer_pool.acquire(block=True) as producer:
        for _ in range(tasks):
            task.apply_async(producer=producer)
