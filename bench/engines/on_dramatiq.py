"""No-op tasks on Dramatiq."""

import os

import dramatiq
from dramatiq.brokers.redis import RedisBroker

broker = RedisBroker(url=os.environ["ORDERS_BENCH_BROKER"])
dramatiq.set_broker(broker)


def nothing() -> None:
    """Do nothing."""


task = dramatiq.actor(nothing)


def enqueue(tasks: int) -> None:
    """Enqueue that many tasks."""
    for _ in range(tasks):
        task.send()
