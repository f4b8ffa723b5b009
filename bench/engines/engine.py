"""Engine: how to measure a task queue's no-op tasks a second, whatever its name."""

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.engines.store import Store
from bench.processes import LIMIT_SECONDS, PYTHON, BenchFailed, run, started

TASKS = 4_000
POLL_SECONDS = 0.02
URL = "BENCH_BROKER"  # as ORDERS_BENCH_BROKER: tells an engine's module where the store is


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A task queue whose module has a function `enqueue`, and what starts its worker."""

    name: str
    module: str
    worker: Sequence[str]
    waiting: Callable[[Store], int]  # tasks that are not done


def tasks_per_second(engine: Engine, store: Store, tasks: int = TASKS) -> float:
    """Enqueue all tasks, start a worker, and time it from its first tasks to its last."""
    store.client.flushdb()
    with TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        enqueue = f"from {engine.module} import enqueue; enqueue({tasks})"
        run([PYTHON, "-c", enqueue], folder, **{URL: store.url})
        if engine.waiting(store) != tasks:
            raise BenchFailed(f"{engine.name} has {engine.waiting(store)} of {tasks} tasks waiting")
        with started([PYTHON, "-m", *engine.worker], folder, **{URL: store.url}) as worker:
            result = _watch(engine, store, tasks, worker)
        log = (folder / "output.log").read_text(encoding="utf-8")
        if "Traceback" in log:  # a task that fails is soon done
            raise BenchFailed(f"{engine.name}: {log[-500:]}")
        return result


def _watch(engine: Engine, store: Store, tasks: int, worker: subprocess.Popen[bytes]) -> float:
    deadline = time.monotonic() + LIMIT_SECONDS
    first_at, first = 0.0, tasks
    while (waiting := engine.waiting(store)) > 0:
        if waiting < tasks and first == tasks:
            first_at, first = time.monotonic(), waiting
        if worker.poll() is not None or time.monotonic() > deadline:
            raise BenchFailed(f"{engine.name} left {waiting} of {tasks} tasks")
        time.sleep(POLL_SECONDS)
    return first / (time.monotonic() - first_at)
