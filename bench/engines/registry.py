"""The task queues to compare with, and how to start the worker of each."""

from bench.engines.broker_database import BrokerDatabase
from bench.engines.engine import Engine

PACKAGE = "bench.engines"
CELERY = ["celery", "-A", f"{PACKAGE}.on_celery", "worker", "--loglevel=ERROR"]
QUIET = ["--without-gossip", "--without-mingle", "--without-heartbeat"]  # a lone worker needs none


def _dramatiq_waiting(broker: BrokerDatabase) -> int:
    return int(broker.client.hlen("dramatiq:default.msgs"))


def _celery_waiting(broker: BrokerDatabase) -> int:
    pipeline = broker.client.pipeline()  # at one moment: tasks move from one to the other
    pipeline.llen("celery")
    pipeline.hlen("unacked")
    return sum(pipeline.execute())


def celery(threads: int) -> Engine:
    """Celery with a bare worker of so many threads."""
    return Engine(
        name=f"Celery, {threads} threads",
        module=f"{PACKAGE}.on_celery",
        worker=[*CELERY, *QUIET, "--pool=threads", f"--concurrency={threads}"],
        waiting=_celery_waiting,
    )


DRAMATIQ = Engine(  # one process, as the service has
    name="Dramatiq, 1 x 8 threads",
    module=f"{PACKAGE}.on_dramatiq",
    worker=["dramatiq", f"{PACKAGE}.on_dramatiq", "-p1", "-t8"],
    waiting=_dramatiq_waiting,
)
