"""Ten million orders against a thousand: metrics, status, what is due, and new orders.

By hand, as it takes minutes and some gigabytes: `make bench ONLY=ten-million`. On SQLite.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median
from time import perf_counter

from sqlalchemy import URL

from bench import load
from bench.benchmarks.latency import REQUESTS, metrics_path, milliseconds, status_path
from bench.context import Context
from bench.multiply import multiply
from bench.report.line import Line, Value, at_least, at_most
from bench.rounds import medians
from bench.servers import HOUR, Server, ours
from domain.transitions import OrderStatus
from entrypoints.wiring.container import Container
from entrypoints.wiring.load_settings import load_settings

FEW, TIMES = 1_000, 10_000
CONNECTIONS = 32
MOST_TIME = 1.5
LEAST_RATE = 0.9
FOUND = 100  # due orders at once

Measure = Callable[[Server, URL, int], float]


def run(context: Context, times: int = TIMES) -> Iterator[Line]:
    """Milliseconds, and creates a second."""
    many = FEW * times
    databases = {FEW: context.copy_of_database(FEW, "few"), many: _multiplied(context, times)}
    measures: dict[str, Measure] = {
        "metrics": lambda server, _, orders: milliseconds(server, partial(metrics_path, orders)),
        "status": lambda server, _, orders: milliseconds(server, partial(status_path, orders)),
        "find due": lambda _, database, __: _find_due_ms(database),
        "create": lambda server, _, __: _creates(server, context.seconds),
    }
    with ExitStack() as stack:
        servers = {
            orders: stack.enter_context(ours(database, PROCESSING_SECONDS=HOUR, MAX_WORKERS=1))
            for orders, database in databases.items()
        }
        for work, measure in measures.items():
            sides = {
                f"{orders}": partial(measure, servers[orders], database, orders)
                for orders, database in databases.items()
            }
            measured = medians(context.rounds, sides)
            yield _line(work, measured[f"{many}"], measured[f"{FEW}"], many)


def _multiplied(context: Context, times: int) -> URL:
    database = context.copy_of_database(FEW, "many")
    multiply(database, FEW, times)
    return database


def _line(work: str, many: float, few: float, orders: int) -> Line:
    text = f"{work}, with {orders:,} orders against {FEW:,}"
    if work == "create":
        unit = "requests/s"
        return at_least(text, Value(many, unit), Value(few, unit), LEAST_RATE)
    return at_most(text, Value(many, "ms"), Value(few, "ms"), MOST_TIME)


def _creates(server: Server, seconds: int) -> float:
    return load.create(server.url, CONNECTIONS, seconds).per_second


def _find_due_ms(database: URL) -> float:
    settings = load_settings({"ORDERS_DATABASE_URL": str(database)}, dotenv_path="")
    repository = Container(settings=settings).repository()
    now = datetime.now(UTC)
    seconds = []
    for _ in range(REQUESTS):
        began = perf_counter()
        repository.find_due(
            OrderStatus.PENDING, now=now, horizon=now + timedelta(days=1), limit=FOUND
        )
        seconds.append(perf_counter() - began)
    return median(seconds) * 1000
