"""The task queues to compare with, and how to start the worker of each."""

from bench.engines.engine import Engine

PACKAGE = "bench.engines"
CELERY = ["celery", "-A", f"{PACKAGE}.on_celery", "worker", "--loglevel=ERROR"]
QUIET = ["--without-gossip", "--without-mingle", "--without-heartbeat"]  # a lone worker needs none

AT_ONCE = 100  # tasks, as the service has orders by default

CELERY_THREADS = Engine(
    name=f"Celery, {AT_ONCE} threads",
    module=f"{PACKAGE}.on_celery",
    package="celery",
    worker=[*CELERY, *QUIET, "--pool=threads", f"--concurrency={AT_ONCE}"],
)

DRAMATIQ = Engine(  # one process, as the service has
    name="Dramatiq, 1 x 8 threads",
    module=f"{PACKAGE}.on_dramatiq",
    package="dramatiq",
    worker=["dramatiq", f"{PACKAGE}.on_dramatiq", "-p1", "-t8"],
)

PGQUEUER = Engine(
    name=f"pgqueuer, batches of {AT_ONCE}",
    module=f"{PACKAGE}.on_pgqueuer",
    package="pgqueuer",
    worker=[f"{PACKAGE}.on_pgqueuer"],
)

AWA = Engine(
    name=f"awa, {AT_ONCE} workers",
    module=f"{PACKAGE}.on_awa",
    package="awa",
    worker=[f"{PACKAGE}.on_awa"],
)
