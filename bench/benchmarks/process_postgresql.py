"""Orders through start and complete on PostgreSQL, against no-op tasks of queues that live there.

One process of each, on the same server, with everything enqueued before. pgqueuer fetches and ends
its tasks in batches and keeps no fence or counters; awa has a fence. Both run as many at once as
the service does. What the bench itself reads of ours, twenty times a second, is among the commits.
"""

from collections.abc import Iterator
from functools import partial
from statistics import median

from bench import postgres
from bench.context import Context
from bench.engines.engine import Engine, require, tasks_per_second
from bench.engines.registry import AT_ONCE, AWA, PGQUEUER
from bench.progress import by_metrics, per_second
from bench.report.line import Line, Value, at_least, under
from bench.rounds import medians
from bench.servers import ours
from tests.harness.database_servers import new_database

ORDERS = 20_000
LEAST_OF_PGQUEUER, THEN_OF_PGQUEUER = 0.6, 1.0
LEAST_OF_AWA, THEN_OF_AWA = 1.0, 2.0
MOST_WAL_KILOBYTES = 2.5
MOST_COMMITS = 0.05
KILOBYTE = 1_000


def against_pgqueuer(context: Context, orders: int = ORDERS) -> Iterator[Line]:
    """Orders and tasks a second; and what an order of ours writes."""
    costs: list[postgres.Written] = []
    yield _compare(context, PGQUEUER, (LEAST_OF_PGQUEUER, THEN_OF_PGQUEUER), orders, costs)
    wal = median(cost.wal_bytes for cost in costs) / orders / KILOBYTE
    commits = median(cost.commits for cost in costs) / orders
    yield under("process on PostgreSQL, WAL", Value(wal, "kB/order"), MOST_WAL_KILOBYTES)
    yield under("process on PostgreSQL, commits", Value(commits, "an order"), MOST_COMMITS)


def against_awa(context: Context, orders: int = ORDERS) -> Iterator[Line]:
    """Orders and tasks a second."""
    yield _compare(context, AWA, (LEAST_OF_AWA, THEN_OF_AWA), orders, [])


def _compare(
    context: Context,
    engine: Engine,
    least: tuple[float, float],
    orders: int,
    costs: list[postgres.Written],
) -> Line:
    require(engine)
    sides = {
        "ours": partial(_orders_per_second, orders, costs),
        "engine": partial(_tasks_per_second, engine, orders),
    }
    measured = medians(context.rounds, sides)
    context.servers.add(postgres.server_name())
    first, then = least
    return at_least(
        f"process on PostgreSQL, against {engine.name}",
        Value(measured["ours"], "orders/s"),
        Value(measured["engine"], "tasks/s"),
        first,
        then=then,
    )


def _orders_per_second(orders: int, costs: list[postgres.Written]) -> float:
    with postgres.filled(orders) as database:
        before = postgres.written(database)
        with ours(database, PROCESSING_SECONDS=0, MAX_WORKERS=AT_ONCE) as server:
            rate = per_second(by_metrics(server.client), orders)
        after = postgres.written(database)
    costs.append(
        postgres.Written(after.wal_bytes - before.wal_bytes, after.commits - before.commits)
    )
    return rate


def _tasks_per_second(engine: Engine, tasks: int) -> float:
    with new_database("postgresql") as database:
        return tasks_per_second(engine, postgres.address(database), tasks, BENCH_AT_ONCE=AT_ONCE)
