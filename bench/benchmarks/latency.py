"""How long an answer takes when there are few orders, and when there are many."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from random import Random
from statistics import median

from bench import postgres
from bench.context import BATCH, Context
from bench.report.line import Line, Value, at_most
from bench.rounds import medians
from bench.servers import HOUR, Server, ours

REQUESTS = 200
FEW, MANY = 1_000, 1_000_000
MOST = 1.2


Filled = Callable[[int], AbstractContextManager[Path | str]]  # a database with so many orders


def metrics(context: Context) -> Iterator[Line]:
    """GET /orders/metrics."""
    yield _compare("metrics", by_orders(context, (MANY, FEW), "metrics"))


def metrics_on_postgresql(context: Context, sizes: tuple[int, int] = (MANY, FEW)) -> Iterator[Line]:
    """GET /orders/metrics, on PostgreSQL."""
    measured = by_orders(context, sizes, "metrics", postgres.filled)
    yield _compare(f"metrics on {postgres.server_name()}", measured)


def status(context: Context) -> Iterator[Line]:
    """GET /orders/<id>, of orders at random."""
    yield _compare("status", by_orders(context, (MANY, FEW), "status"))


def by_orders(
    context: Context, sizes: Sequence[int], what: str, filled: Filled | None = None
) -> dict[int, float]:
    """The median milliseconds of one request after another, for each number of orders."""

    def on_sqlite(orders: int) -> AbstractContextManager[Path]:
        return nullcontext(context.copy_of_database(orders, f"latency-{orders}"))

    with ExitStack() as stack:
        servers = {}
        for orders in sizes:
            database = stack.enter_context((filled or on_sqlite)(orders))
            server = ours(database, PROCESSING_SECONDS=HOUR, MAX_WORKERS=1)
            servers[str(orders)] = (stack.enter_context(server), orders)
        sides = {
            name: lambda server=server, orders=orders: _milliseconds(server, orders, what)
            for name, (server, orders) in servers.items()
        }
        return {int(name): value for name, value in medians(context.rounds, sides).items()}


def _compare(work: str, measured: dict[int, float]) -> Line:
    few, many = sorted(measured)
    return at_most(
        f"{work}, with {many:,} orders against {few:,}",
        Value(measured[many], "ms"),
        Value(measured[few], "ms"),
        MOST,
    )


def _milliseconds(server: Server, orders: int, what: str) -> float:
    client = server.client
    numbers = Random(orders)  # noqa: S311  # the same ids in every round
    seconds = []
    for _ in range(REQUESTS):
        order_id = f"sim_{BATCH}_{numbers.randint(1, orders)}"
        path = "/orders/metrics" if what == "metrics" else f"/orders/{order_id}"
        seconds.append(client.seconds(path))
    client.close()
    return median(seconds) * 1000
