"""All benchmarks by name, in the order in which they run."""

from collections.abc import Callable, Iterator

from bench.benchmarks import (
    backlog,
    batch,
    celery,
    create,
    idle,
    in_flight,
    latency,
    listing,
    open_transaction,
    pending_memory,
    populate,
    process,
    process_postgresql,
    read,
    request_cpu,
    several_processes,
    startup,
    ten_million,
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
    "batch": batch.run,
    "process": process.run,
    "process-pgqueuer": process_postgresql.against_pgqueuer,
    "process-awa": process_postgresql.against_awa,
    "process-celery-redis": celery.on_redis,
    "process-celery-rabbitmq": celery.on_rabbitmq,
    "four-processes": several_processes.speed,
    "lost-claims": several_processes.lost_claims,
    "open-transaction": open_transaction.run,
    "backlog": backlog.run,
    "idle": idle.run,
    "in-flight": in_flight.run,
    "metrics": latency.metrics,
    "metrics-postgresql": latency.metrics_on_postgresql,
    "status": latency.status,
    "list": listing.run,
    "list-postgresql": listing.on_postgresql,
    "list-mariadb": listing.on_mariadb,
    "memory": pending_memory.run,
    "request-cpu": request_cpu.run,
    "write-cpu": write_cpu.run,
    "startup": startup.run,
}

BY_HAND: dict[str, Benchmark] = {  # only where they are named: they take long
    "ten-million": ten_million.run,
}
