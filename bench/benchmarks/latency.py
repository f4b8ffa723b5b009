"""How long an answer takes when there are few orders, and when there are many."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from random import Random
from statistics import median

from bench.context import BATCH, Context
from bench.report.line import Line, Value, at_most
from bench.rounds import medians
from bench.servers import HOUR, Server, ours

REQUESTS = 200
FEW, MANY = 1_000, 1_000_000
MOST = 1.2


def metrics(context: Context) -> Iterator[Line]:
    """GET /orders/metrics."""
    yield from _compare(context, "metrics")


def status(context: Context) -> Iterator[Line]:
    """GET /orders/<id>, of orders at random."""
    yield from _compare(context, "status")


def by_orders(context: Context, sizes: Sequence[int], what: str) -> dict[int, float]:
    """The median milliseconds of one request after another, for each number of orders."""
    with ExitStack() as stack:
        servers = {}
        for orders in sizes:
            database = context.copy_of_database(orders, f"latency-{orders}")
            server = ours(database, PROCESSING_SECONDS=HOUR, MAX_WORKERS=1)
            servers[str(orders)] = (stack.enter_context(server), orders)
        sides = {
            name: lambda server=server, orders=orders: _milliseconds(server, orders, what)
            for name, (server, orders) in servers.items()
        }
        return {int(name): value for name, value in medians(context.rounds, sides).items()}


def _compare(context: Context, what: str) -> Iterator[Line]:
    measured = by_orders(context, (MANY, FEW), what)
    yield at_most(
        f"{what}, with {MANY:,} orders against {FEW:,}",
        Value(measured[MANY], "ms"),
        Value(measured[FEW], "ms"),
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
