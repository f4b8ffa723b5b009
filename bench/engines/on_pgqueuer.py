"""No-op tasks on pgqueuer, which keeps them in PostgreSQL.

`python -m bench.engines.on_pgqueuer` works as `pgq run` does, which some releases of typer
break.
"""

import asyncio
import os

import asyncpg
import uvloop
from pgqueuer import AsyncpgDriver, Job, PgQueuer, Queries

from bench.engines.stopwatch import tick

PART = 1_000


def enqueue(tasks: int) -> None:
    """Create its tables, and enqueue that many tasks."""
    asyncio.run(_enqueue(tasks))


async def _work() -> None:
    worker = PgQueuer(AsyncpgDriver(await _connect()))
    worker.entrypoint("nothing")(nothing)
    await worker.run(batch_size=int(os.environ["ORDERS_BENCH_AT_ONCE"]))


async def nothing(_: Job) -> None:
    """Do nothing."""
    tick()


async def _enqueue(tasks: int) -> None:
    connection = await _connect()
    queries = Queries(AsyncpgDriver(connection))
    await queries.install()
    for first in range(0, tasks, PART):
        part = min(PART, tasks - first)
        await queries.enqueue(["nothing"] * part, [None] * part, [0] * part)
    await connection.close()


async def _connect() -> "asyncpg.Connection[asyncpg.Record]":
    return await asyncpg.connect(os.environ["ORDERS_BENCH_ADDRESS"])


if __name__ == "__main__":
    uvloop.run(_work())
