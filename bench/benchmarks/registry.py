"""All benchmarks by name, in the order in which they run."""

from collections.abc import Callable, Iterator

from bench.benchmarks import (
    backlog,
    celery,
    create,
    latency,
    pending_memory,
    populate,
    process,
    read,
    request_cpu,
    startup,
    write_cpu,
)
from bench.context import Context
from bench.report.line import Line

Benchmark = Callable[[Context], Iterator[Line]]

BENCHMARKS: dict[str, Benchmark] = {
    "create": create.run,
    "create-postgresql": create.on_postgresql,
    "read": read.run,
    "populate": populate.run,
    "process": process.run,
    "process-celery": celery.run,
    "metrics": latency.metrics,
    "metrics-postgresql": latency.metrics_on_postgresql,
    "status": latency.status,
    "memory": pending_memory.run,
    "request-cpu": request_cpu.run,
    "write-cpu": write_cpu.run,
    "startup": startup.run,
    "backlog": backlog.run,
}
