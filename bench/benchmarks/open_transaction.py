"""Processing on PostgreSQL while somebody's transaction stays open, against without.

What it has read may not be vacuumed away until it ends, so dead rows gather. `--span 600` leaves
it open for ten minutes. The rate is that of the last third.
"""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

from sqlalchemy import URL

from bench import postgres
from bench.client import Client
from bench.context import Context
from bench.progress import feed
from bench.report.line import Line, Value, at_least
from bench.rounds import medians
from bench.servers import ours

PENDING = 5_000
LEAST = 0.9


def run(context: Context) -> Iterator[Line]:
    """Orders a second; one round, as it takes long."""

    def service(around: AbstractContextManager[None], database: URL) -> float:
        with around, ours(database, PROCESSING_SECONDS=0) as server:
            return _last_third(server.client, context.span)

    def with_one_open() -> float:
        with postgres.filled(PENDING) as database:
            return service(postgres.open_snapshot(database), database)

    def without() -> float:
        with postgres.filled(PENDING) as database:
            return service(nullcontext(), database)

    measured = medians(1, {"open": with_one_open, "none": without})
    context.servers.add(postgres.server_name())
    yield at_least(
        f"process on PostgreSQL, a transaction open for {context.span} s",
        Value(measured["open"], "orders/s"),
        Value(measured["none"], "orders/s"),
        LEAST,
    )


def _last_third(client: Client, seconds: float) -> float:
    first = feed(client, PENDING, 2 * seconds / 3)["completed"]["count"]
    began = time.monotonic()
    last = feed(client, PENDING, seconds / 3)["completed"]["count"]
    return float((last - first) / (time.monotonic() - began))
