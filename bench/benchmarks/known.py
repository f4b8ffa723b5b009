"""Every benchmark under its name, in the order in which they run."""

from collections.abc import Callable, Iterator

from bench.benchmarks import (
    backlog,
    celery,
    create,
    create_textbook,
    curves,
    ids,
    latency,
    pending_memory,
    populate,
    process,
    read,
    startup,
)
from bench.context import Context
from bench.report.chart import Chart
from bench.report.line import Line

Benchmark = Callable[[Context], Iterator[Line | Chart]]

BENCHMARKS: dict[str, Benchmark] = {
    "create": create.run,
    "create-postgresql": create.on_postgresql,
    "create-textbook": create_textbook.run,
    "read": read.run,
    "populate": populate.run,
    "process": process.run,
    "process-celery": celery.run,
    "metrics": latency.metrics,
    "metrics-postgresql": latency.metrics_on_postgresql,
    "status": latency.status,
    "memory": pending_memory.run,
    "ids": ids.run,
    "startup": startup.run,
    "backlog": backlog.run,
    "threads": curves.threads,
    "orders": curves.orders,
}
