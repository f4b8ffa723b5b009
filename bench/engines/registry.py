"""The engines, and how the worker of each is started."""

from bench.engines.broker_database import BrokerDatabase
from bench.engines.engine import Engine

PACKAGE = "bench.engines"
CELERY = ["celery", "-A", f"{PACKAGE}.on_celery", "worker", "--loglevel=ERROR"]
QUIET = ["--without-gossip", "--without-mingle", "--without-heartbeat"]  # a lone worker needs none


def _dramatiq_waiting(broker: BrokerDatabase) -> int:
    return int(broker.client.hlen("dramatiq:default.msgs"))


def _celery_waiting(broker: BrokerDatabase) -> int:
    pipeline = broker.client.pipeline()  # one look: a task moves from the one to the other
    pipeline.llen("celery")
    pipeline.hlen("unacked")
    return sum(pipeline.execute())


def celery(threads: int) -> Engine:
    """A bare worker."""
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
