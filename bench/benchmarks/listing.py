"""GET /orders: the thousandth page against the first, of a million orders."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from sqlalchemy import URL

from bench import postgres
from bench.benchmarks.latency import milliseconds
from bench.commands import populate_in_parts
from bench.context import Context
from bench.report.line import Line, Value, at_most
from bench.rounds import medians
from bench.servers import HOUR, Server, ours
from tests.harness.database_servers import migrated_database

ORDERS = 1_000_000
PAGE = 1_000
MOST = 1.2


def run(context: Context) -> Iterator[Line]:
    """On SQLite."""
    yield _compare(context, "list", context.copy_of_database(ORDERS, "list"), ORDERS)


def on_postgresql(context: Context, orders: int = ORDERS, page: int = PAGE) -> Iterator[Line]:
    """On PostgreSQL."""
    context.servers.add(postgres.server_name())
    with postgres.filled(orders) as database:
        yield _compare(context, "list on PostgreSQL", database, orders, page)


def on_mariadb(context: Context, orders: int = ORDERS, page: int = PAGE) -> Iterator[Line]:
    """On MariaDB."""
    with _filled_mariadb(orders) as database:
        yield _compare(context, "list on MariaDB", database, orders, page)


def _compare(context: Context, work: str, database: URL, orders: int, page: int = PAGE) -> Line:
    """Medians of single requests, for pages of the default size."""
    with ours(database, PROCESSING_SECONDS=HOUR, MAX_WORKERS=1) as server:
        deep = _path_of(server, page)
        sides = {
            "first": partial(milliseconds, server, lambda: "/orders"),
            "deep": partial(milliseconds, server, lambda: deep),
        }
        measured = medians(context.rounds, sides)
    return at_most(
        f"{work}, page {page:,} against page 1, {orders:,} orders",
        Value(measured["deep"], "ms"),
        Value(measured["first"], "ms"),
        MOST,
    )


def _path_of(server: Server, page: int) -> str:
    path = "/orders"
    for _ in range(page - 1):
        answer: dict[str, Any] = server.client.get(path)[1]
        path = f"/orders?cursor={answer['next_cursor']}"
    return path


@contextmanager
def _filled_mariadb(orders: int) -> Iterator[URL]:
    with migrated_database("mysql") as url:
        populate_in_parts(url, orders)
        yield url
