"""No-op tasks on Dramatiq."""

import os

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from bench.engines.stopwatch import tick

broker = RedisBroker(url=os.environ["ORDERS_BENCH_ADDRESS"])
dramatiq.set_broker(broker)

task = dramatiq.actor(tick)


def enqueue(tasks: int) -> None:
    """Enqueue that many tasks."""
    for _ in range(tasks):
        task.send()
