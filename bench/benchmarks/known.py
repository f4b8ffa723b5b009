"""Every benchmark under its name, in the order in which they run."""

from collections.abc import Callable, Iterator

from bench.benchmarks import (
    backlog,
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
    "create-textbook": create_textbook.run,
    "read": read.run,
    "populate": populate.run,
    "process": process.run,
    "metrics": latency.metrics,
    "status": latency.status,
    "memory": pending_memory.run,
    "ids": ids.run,
    "startup": startup.run,
    "backlog": backlog.run,
    "threads": curves.threads,
    "orders": curves.orders,
}
