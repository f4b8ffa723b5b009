"""Orders through start and complete with a no-op processor, against Dramatiq's no-op tasks.

SQLite commits with synchronous=FULL; the Redis or Valkey of Dramatiq keeps nothing on disk. The CPU
time is that of the whole server process, from one look at its completed orders to the last.
"""

from collections.abc import Iterator
from statistics import median

from bench.brokers import broker_name
from bench.context import Context
from bench.engines.broker_database import broker_database
from bench.engines.engine import require, tasks_per_second
from bench.engines.registry import DRAMATIQ
from bench.progress import by_metrics, per_second
from bench.report.line import Line, Value, at_least, under
from bench.rounds import medians
from bench.servers import ours
from bench.usage import cpu_seconds

ORDERS, TASKS = 20_000, 4_000
LEAST, THEN_LEAST = 3.0, 4.0
MOST_MICROSECONDS, THEN_MOST = 100.0, 60.0
MICROSECOND = 1e-6


def run(context: Context) -> Iterator[Line]:
    """Orders a second, tasks a second, and microseconds of CPU an order."""
    require(DRAMATIQ)
    cpu: list[float] = []

    def service() -> float:
        database = context.copy_of_database(ORDERS, "process")
        with ours(database, PROCESSING_SECONDS=0) as server:
            completed = by_metrics(server.client)
            used, first = cpu_seconds(server.pid), completed()
            rate = per_second(completed, ORDERS)
            cpu.append((cpu_seconds(server.pid) - used) / (ORDERS - first) / MICROSECOND)
        return rate

    with broker_database() as broker:

        def engine() -> float:
            broker.empty()
            return tasks_per_second(DRAMATIQ, broker.url, TASKS)

        measured = medians(context.rounds, {"ours": service, "engine": engine})
    context.servers.add(broker_name("redis"))
    yield at_least(
        f"process, against {DRAMATIQ.name}",
        Value(measured["ours"], "orders/s"),
        Value(measured["engine"], "tasks/s"),
        LEAST,
        then=THEN_LEAST,
    )
    yield under("process, CPU", Value(median(cpu), "us/order"), MOST_MICROSECONDS, then=THEN_MOST)
