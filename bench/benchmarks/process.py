"""Orders through start and complete with a no-op processor, against engines and raw statements.

SQLite commits with synchronous=FULL; the engines' Redis or Valkey keeps nothing on disk.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median

from bench.commits import count
from bench.context import Context
from bench.engines.engine import tasks_per_second
from bench.engines.known import CELERY_POOLS, DRAMATIQ, ENGINES
from bench.engines.store import store
from bench.processes import LIMIT_SECONDS, PYTHON, BenchFailed
from bench.processes import run as run_command
from bench.report.line import Line, Value, at_least
from bench.rounds import medians
from bench.servers import Server, ours

ORDERS = 20_000
POLL_SECONDS = 0.05
LEAST_OF_RAW = 0.6
LEAST_OF_DRAMATIQ = 3.0
LEAST_OF_CELERY = 8.0


def run(context: Context) -> Iterator[Line]:
    """Orders a second, and tasks a second."""
    groups: list[float] = []  # changes in one commit of the service, in each round

    def service() -> float:
        database = context.copy_of_database(ORDERS, "process")
        with ours(database, PROCESSING_SECONDS=0) as server:
            orders_per_second, group = _watch(server, database)
        groups.append(group)
        return orders_per_second

    def raw() -> float:
        database = str(context.copy_of_database(ORDERS, "raw-work"))
        command = [PYTHON, "-m", "bench.raw", "work", database, f"{groups[-1]:.0f}"]
        return float(run_command(command, context.folder))

    sides: dict[str, Callable[[], float]] = {"ours": service, "raw": raw}
    with store() as broker:
        sides |= {engine.name: partial(tasks_per_second, engine, broker) for engine in ENGINES}
        measured = medians(context.rounds, sides)
        where = broker.name
    mine = Value(measured["ours"], "orders/s")
    yield at_least(
        f"process, against raw statements, {median(groups):.0f} in a commit",
        mine,
        Value(measured["raw"], "orders/s"),
        LEAST_OF_RAW,
    )
    demanded: dict[str, float] = {DRAMATIQ.name: LEAST_OF_DRAMATIQ}
    best_pool = max((engine.name for engine in CELERY_POOLS), key=lambda name: measured[name])
    demanded[best_pool] = LEAST_OF_CELERY
    for engine in ENGINES:
        other = Value(measured[engine.name], "tasks/s")
        work = f"process, against {engine.name}, {where}"
        yield at_least(work, mine, other, demanded.get(engine.name))


def _watch(server: Server, database: Path) -> tuple[float, float]:
    """Orders a second, from the first look to the last order, and changes in one commit."""
    client = server.client
    metrics = client.get("/orders/metrics")
    began, first, commits = time.monotonic(), _completed(metrics), count(database)
    while _completed(metrics) < metrics["total_orders"]:
        time.sleep(POLL_SECONDS)
        metrics = client.get("/orders/metrics")
        if time.monotonic() - began > LIMIT_SECONDS:
            raise BenchFailed(f"after {LIMIT_SECONDS} s the service was still at {metrics}")
    orders = _completed(metrics) - first
    group = 2 * orders / (count(database) - commits)  # an order is started, and completed
    return orders / (time.monotonic() - began), max(group, 1)


def _completed(metrics: dict[str, dict[str, int]]) -> int:
    return metrics["completed"]["count"]
