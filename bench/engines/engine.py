"""Engine: a task queue, and how many no-op tasks it does in a second."""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import BenchFailed
from bench.commands import output_of
from tests.harness import Missing
from tests.harness.processes import Process, launched
from tests.harness.waits import wait_until

REPORT = "seconds"  # as in stopwatch.py, which only a worker can import


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A task queue: its module, which has `enqueue(tasks)`, and how to start its worker."""

    name: str
    module: str
    package: str  # what the module imports
    worker: Sequence[str]  # its arguments after `python -m`


def tasks_per_second(engine: Engine, address: str, tasks: int, **settings: object) -> float:
    """Enqueue all tasks, start a worker, and time it from its first task to its last.

    `address` is that of a broker or a database, which has no tasks yet. Raises Missing when the
    engine is not installed.
    """
    require(engine)
    given = settings | {"BENCH_ADDRESS": address, "BENCH_TASKS": tasks}
    output_of("python", "-c", f"from {engine.module} import enqueue; enqueue({tasks})", **given)
    with TemporaryDirectory(prefix="bench-") as folder:
        process = Process(Path(folder), "python", "-m", *engine.worker, **given)
        report = Path(folder) / REPORT

        def has_ended() -> bool:
            if not process.is_running():
                raise BenchFailed(f"the worker of {engine.name} ended")
            return report.exists()

        with launched(process):
            wait_until(has_ended)
        return (tasks - 1) / float(report.read_text(encoding="utf-8"))


def require(engine: Engine) -> None:
    """Raises Missing when the engine is not installed."""
    if importlib.util.find_spec(engine.package) is None:
        raise Missing(f"no {engine.name}: this platform has no {engine.package} from PyPI")
