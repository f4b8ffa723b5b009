"""POST /orders/, durable, against a bare Flask echo on the same server."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from bench import load, postgres
from bench.context import Context
from bench.report.line import Line, Value, at_least, under
from bench.rounds import in_turn
from bench.servers import Server, floor, ours
from tests.harness.database_servers import migrated_database

CONNECTIONS = 32
LEAST = 0.55
LEAST_ON_POSTGRES = 0.45
P99_MS = 100.0
FLOOR_P99_MS = 50.0  # above it the machine is too busy to judge ours


def run(context: Context) -> Iterator[Line]:
    """On SQLite."""
    yield from _compare(context, "create", ours, LEAST)


def on_postgresql(context: Context) -> Iterator[Line]:
    """On PostgreSQL."""
    context.servers.add(postgres.server_name())
    yield from _compare(context, "create on PostgreSQL", _ours_on_postgres, LEAST_ON_POSTGRES)


def _compare(
    context: Context, work: str, start: Callable[[], AbstractContextManager[Server]], least: float
) -> Iterator[Line]:
    """Requests a second, and the 99th percentile of their times."""

    def service() -> load.Load:
        with start() as server:
            return load.create(server.url, CONNECTIONS, context.seconds)

    def bare() -> load.Load:
        with floor() as server:
            return load.create(server.url, CONNECTIONS, context.seconds)

    measured = in_turn(context.rounds, {"ours": service, "floor": bare})
    mine, other = load.middle(measured["ours"]), load.middle(measured["floor"])
    yield at_least(
        f"{work}, against the floor",
        Value(mine.per_second, "requests/s"),
        Value(other.per_second, "requests/s"),
        least,
    )
    yield under(
        f"{work}, p99",
        Value(mine.p99_ms, "ms"),
        P99_MS,
        Value(other.p99_ms, "ms"),
        judged=other.p99_ms < FLOOR_P99_MS,
    )


@contextmanager
def _ours_on_postgres() -> Iterator[Server]:
    with migrated_database("postgresql") as database, ours(database) as server:
        yield server
