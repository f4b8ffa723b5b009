"""How it scales: requests over server threads, and latencies over the number of orders."""

from collections.abc import Iterator

from bench import load
from bench.benchmarks import create, latency, read
from bench.context import Context
from bench.report.chart import Chart
from bench.servers import HOUR, floor, ours

THREADS = (1, 2, 4, 8, 16, 32)
SIZES = (1_000, 10_000, 100_000, 1_000_000)
SECONDS = 2  # of load at each point

Points = list[tuple[float, float]]


def threads(context: Context) -> Iterator[Chart]:
    """Requests a second of create and of read, with the floor's."""
    curves: dict[str, dict[str, Points]] = {
        "create": {"POST /orders/": [], "bare Flask echo": []},
        "read": {"GET /orders/<id>": [], "bare Flask hello": []},
    }
    for number in THREADS:
        for name, per_second in _at(context, number).items():
            for curve, value in zip(curves[name].values(), per_second, strict=True):
                curve.append((number, value))
    for name, connections in (("create", create.CONNECTIONS), ("read", read.CONNECTIONS)):
        yield Chart(
            name=f"{name}-by-threads",
            title=f"Requests a second, {connections} connections",
            x_label="server threads",
            y_label="requests/s",
            x_base=2,
            curves=curves[name],
        )


def orders(context: Context) -> Iterator[Chart]:
    """Milliseconds of metrics and of status."""
    measured = {
        "GET /orders/metrics": latency.by_orders(context, SIZES, "metrics"),
        "GET /orders/<id>": latency.by_orders(context, SIZES, "status"),
    }
    yield Chart(
        name="latency-by-orders",
        title="Latency of one request after another",
        x_label="orders in the database",
        y_label="ms",
        x_base=10,
        curves={name: sorted(points.items()) for name, points in measured.items()},
    )


def _at(context: Context, number: int) -> dict[str, tuple[float, float]]:
    """Ours and the floor's, with so many threads."""
    database = context.copy_of_database(read.ORDERS, "threads")
    with ours(database, SERVER_THREADS=number, PROCESSING_SECONDS=HOUR) as server:
        found = load.read(server.url, read.PATH, read.ORDERS, read.CONNECTIONS, SECONDS)
        created = load.create(server.url, create.CONNECTIONS, SECONDS)
    with floor(SERVER_THREADS=number) as server:
        echoed = load.create(server.url, create.CONNECTIONS, SECONDS)
        hello = load.read(server.url, "/hello", 1, read.CONNECTIONS, SECONDS)
    return {
        "create": (created.per_second, echoed.per_second),
        "read": (found.per_second, hello.per_second),
    }
