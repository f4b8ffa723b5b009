"""The engines, and how the worker of each is started."""

import os

from bench.engines.engine import Engine
from bench.engines.store import Store

THREADS = 8
CORES = os.cpu_count() or 1
PACKAGE = "bench.engines"
CELERY = ["celery", "-A", f"{PACKAGE}.on_celery", "worker", "--loglevel=ERROR"]
QUIET = ["--without-gossip", "--without-mingle", "--without-heartbeat"]  # a lone worker needs none


def _dramatiq_waiting(store: Store) -> int:
    return int(store.client.hlen("dramatiq:default.msgs"))


def _huey_waiting(store: Store) -> int:
    return int(store.client.llen("huey.redis.bench"))


def _celery_waiting(store: Store) -> int:
    pipeline = store.client.pipeline()  # one look: a task moves from the one to the other
    pipeline.llen("celery")
    pipeline.hlen("unacked")
    return sum(pipeline.execute())


def _dramatiq(processes: int) -> Engine:
    return Engine(
        name=f"Dramatiq, {processes} x {THREADS} threads",
        module=f"{PACKAGE}.on_dramatiq",
        worker=["dramatiq", f"{PACKAGE}.on_dramatiq", f"-p{processes}", f"-t{THREADS}"],
        waiting=_dramatiq_waiting,
    )


def celery(pool: str, concurrency: int) -> Engine:
    """A bare worker."""
    return Engine(
        name=f"Celery, {concurrency} {pool}",
        module=f"{PACKAGE}.on_celery",
        worker=[*CELERY, *QUIET, f"--pool={pool}", f"--concurrency={concurrency}"],
        waiting=_celery_waiting,
    )


DRAMATIQ = _dramatiq(processes=1)  # as the service has one
DRAMATIQ_ON_ALL_CORES = _dramatiq(processes=CORES)  # its default
HUEY = Engine(
    name=f"Huey, {THREADS} threads",
    module=f"{PACKAGE}.on_huey",
    worker=[
        "huey.bin.huey_consumer",
        f"{PACKAGE}.on_huey.huey",
        "--quiet",
        f"--workers={THREADS}",
    ],
    waiting=_huey_waiting,
)
CELERY_POOLS = (celery("threads", THREADS), celery("prefork", CORES))
ENGINES = (DRAMATIQ, DRAMATIQ_ON_ALL_CORES, HUEY, *CELERY_POOLS)
