"""Starts processes that do not outlive the benchmark, and asks them what they use."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[1]
PYTHON = sys.executable
LIMIT_SECONDS = 120.0
STOP_SECONDS = 15.0
LOG_TOLD = 2_000


class BenchFailed(Exception):
    """A benchmark could not be measured; says why."""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(settings: Mapping[str, object]) -> dict[str, str]:
    """Ours, without its service settings, with these (named without their prefix)."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("ORDERS_")}
    given = {f"ORDERS_{name}": str(value) for name, value in settings.items()}
    return inherited | {"PYTHONPATH": str(ROOT)} | given


def run(command: Sequence[str], folder: Path, **settings: object) -> str:
    """The standard output of a command that ends by itself; raises BenchFailed."""
    result = subprocess.run(
        command,
        cwd=folder,
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    if result.returncode != 0:
        raise BenchFailed(f"{' '.join(command)}: {result.stderr.strip()[-500:]}")
    return result.stdout


@contextmanager
def started(
    command: Sequence[str], folder: Path, **settings: object
) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group of its own, whose output goes to a log; stopped at the end."""
    path = folder / "output.log"
    with path.open("ab") as log:
        process = _start(command, folder, log, settings)
    try:
        yield process
    except Exception as error:
        error.add_note(path.read_text(encoding="utf-8")[-LOG_TOLD:])
        raise
    finally:
        _stop(process)


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Return when the condition holds; raises BenchFailed when the process ends before."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while not condition():
        if process.poll() is not None:
            raise BenchFailed(f"a process ended: {process.args!r}")
        if time.monotonic() > deadline:
            raise BenchFailed(f"it took too long: {process.args!r}")
        time.sleep(0.005)


def _start(
    command: Sequence[str], folder: Path, log: IO[bytes], settings: Mapping[str, object]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment(settings),
        stdout=log,
        stderr=log,
        start_new_session=True,
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # and what it may have left behind
    process.wait(STOP_SECONDS)
