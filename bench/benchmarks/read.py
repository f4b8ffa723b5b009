"""GET /orders/<id>, against a bare Flask hello on the same server with as many threads."""

from collections.abc import Iterator

from bench import load
from bench.context import BATCH, Context
from bench.report.line import Line, Value, at_least
from bench.rounds import medians
from bench.servers import HOUR, floor, ours

CONNECTIONS = 16
ORDERS = 1_000
PATH = f"/orders/sim_{BATCH}_%d"
LEAST = 0.6


def run(context: Context) -> Iterator[Line]:
    """Requests a second, for random orders."""
    database = context.copy_of_database(ORDERS, "read")

    def service() -> float:
        with ours(database, PROCESSING_SECONDS=HOUR) as server:
            return load.read(server.url, PATH, ORDERS, CONNECTIONS, context.seconds).per_second

    def bare() -> float:
        with floor() as server:
            return load.read(server.url, "/hello", 1, CONNECTIONS, context.seconds).per_second

    measured = medians(context.rounds, {"ours": service, "floor": bare})
    yield at_least(
        "read, against the floor",
        Value(measured["ours"], "requests/s"),
        Value(measured["floor"], "requests/s"),
        LEAST,
    )
