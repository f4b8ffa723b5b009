"""How long an answer takes with many orders, against few."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from functools import partial
from random import randint
from statistics import median

from sqlalchemy import URL

from bench import postgres
from bench.context import BATCH, Context
from bench.report.line import Line, Value, at_most
from bench.rounds import medians
from bench.servers import HOUR, Server, ours

REQUESTS = 200
SIZES = (1_000_000, 1_000)
MOST = 1.2

Filled = Callable[
    [int], AbstractContextManager[URL]
]  # given a number of orders: a database with them
PathOf = Callable[[int], str]  # given the same number: what to GET


def metrics(context: Context) -> Iterator[Line]:
    """GET /orders/metrics."""
    yield _compare(context, "metrics", metrics_path, _on_sqlite(context))


def metrics_on_postgresql(context: Context, sizes: tuple[int, int] = SIZES) -> Iterator[Line]:
    """GET /orders/metrics, on PostgreSQL."""
    context.servers.add(postgres.server_name())
    yield _compare(context, "metrics on PostgreSQL", metrics_path, postgres.filled, sizes)


def status(context: Context) -> Iterator[Line]:
    """GET /orders/<id>, of random orders."""
    yield _compare(context, "status", status_path, _on_sqlite(context))


def metrics_path(_: int) -> str:
    """For any number of orders."""
    return "/orders/metrics"


def status_path(orders: int) -> str:
    """Of a random one of so many."""
    return f"/orders/sim_{BATCH}_{randint(1, orders)}"  # noqa: S311  # no secret


def _on_sqlite(context: Context) -> Filled:
    return lambda orders: nullcontext(context.copy_of_database(orders, f"latency-{orders}"))


def _compare(
    context: Context, work: str, path: PathOf, filled: Filled, sizes: tuple[int, int] = SIZES
) -> Line:
    """Medians of single requests, with many orders and with few."""
    many, few = sizes
    with ExitStack() as stack:
        sides = {}
        for orders in sizes:
            database = stack.enter_context(filled(orders))
            server = ours(database, PROCESSING_SECONDS=HOUR, MAX_WORKERS=1)
            ask = partial(path, orders)
            sides[f"{orders}"] = partial(milliseconds, stack.enter_context(server), ask)
        measured = medians(context.rounds, sides)
    return at_most(
        f"{work}, with {many:,} orders against {few:,}",
        Value(measured[f"{many}"], "ms"),
        Value(measured[f"{few}"], "ms"),
        MOST,
    )


def milliseconds(server: Server, path: Callable[[], str]) -> float:
    """The median of single requests."""
    seconds = [server.client.seconds(path()) for _ in range(REQUESTS)]
    server.client.close()
    return median(seconds) * 1000
