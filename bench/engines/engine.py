"""Engine: a task queue, and how many no-op tasks it does in a second."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import BenchFailed
from bench.commands import output_of
from bench.engines.broker_database import BrokerDatabase
from tests.harness.processes import Process, launched
from tests.harness.waits import wait_until

TASKS = 4_000
URL = "BENCH_BROKER"  # becomes ORDERS_BENCH_BROKER, which on_*.py read


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A task queue: its module, which has `enqueue(tasks)`, and how to start its worker."""

    name: str
    module: str
    worker: Sequence[str]  # its arguments after `python -m`
    waiting: Callable[[BrokerDatabase], int]  # tasks that are not done


def tasks_per_second(engine: Engine, broker: BrokerDatabase, tasks: int = TASKS) -> float:
    """Enqueue all tasks, start a worker, and time it from its first tasks to its last."""
    broker.client.flushdb()
    enqueue = f"from {engine.module} import enqueue; enqueue({tasks})"
    output_of("python", "-c", enqueue, **{URL: broker.url})
    if engine.waiting(broker) != tasks:
        raise BenchFailed(f"{engine.name} has {engine.waiting(broker)} of {tasks} tasks waiting")
    with TemporaryDirectory(prefix="bench-") as folder:
        process = Process(Path(folder), "python", "-m", *engine.worker, **{URL: broker.url})
        with launched(process) as worker:
            wait_until(lambda: _waiting(engine, broker, worker) < tasks)
            began, left = time.monotonic(), engine.waiting(broker)
            wait_until(lambda: _waiting(engine, broker, worker) == 0)
            seconds = time.monotonic() - began
        log = process.log.read_text(encoding="utf-8")
    if "Traceback" in log:  # a task that fails counts as done
        raise BenchFailed(f"{engine.name}: {log[-500:]}")
    return left / seconds


def _waiting(engine: Engine, broker: BrokerDatabase, worker: Process) -> int:
    if not worker.is_running():
        raise BenchFailed(f"the worker of {engine.name} ended")
    return engine.waiting(broker)
