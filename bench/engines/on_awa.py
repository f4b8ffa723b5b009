"""No-op tasks on awa, which keeps them in PostgreSQL: `python -m bench.engines.on_awa` works."""

import asyncio
import os
from dataclasses import dataclass

from awa import AsyncClient, Job

from bench.engines.stopwatch import tick

QUEUE = "bench"
PART = 1_000


@dataclass
class Nothing:
    """A task's arguments."""

    number: int


def enqueue(tasks: int) -> None:
    """Create its tables, those of its present engine, and enqueue that many tasks."""
    asyncio.run(_enqueue(tasks))


async def _enqueue(tasks: int) -> None:
    async with _client() as client:
        await client.migrate()
        await client.install_queue_storage()
        for first in range(0, tasks, PART):
            numbers = range(first, min(first + PART, tasks))
            await client.enqueue_many_copy([Nothing(number) for number in numbers], queue=QUEUE)


async def nothing(_: "Job[Nothing]") -> None:
    """Do nothing."""
    tick()


async def _work() -> None:
    client = _client()
    client.task(Nothing, queue=QUEUE)(nothing)
    await client.start([(QUEUE, int(os.environ["ORDERS_BENCH_AT_ONCE"]))])
    await asyncio.Event().wait()


def _client() -> AsyncClient:
    return AsyncClient(os.environ["ORDERS_BENCH_ADDRESS"])


if __name__ == "__main__":
    asyncio.run(_work())
