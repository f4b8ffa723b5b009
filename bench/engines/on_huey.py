"""No-op tasks on Huey, without results."""

import os

from huey import RedisHuey

huey = RedisHuey("bench", url=os.environ["ORDERS_BENCH_BROKER"], results=False)


def nothing() -> None:
    """The task."""


task = huey.task()(nothing)


def enqueue(tasks: int) -> None:
    """So many of them."""
    for _ in range(tasks):
        task()
