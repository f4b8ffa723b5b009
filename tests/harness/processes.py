"""Processes that do not outlive the block that launched them."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from sqlalchemy import URL

from tests.harness.waits import LIMIT_SECONDS, wait_until

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
MAIN = str(ROOT / "main.py")
END_OF_LOG = 2_000  # characters


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(folder: Path, **settings: object) -> dict[str, str]:
    """The environment of a process whose database and modules are in `folder`.

    Settings are named without ORDERS_; those in this process's own environment are left out.
    """
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("ORDERS_")}
    given = {"DATABASE_URL": f"sqlite:///{folder}/orders.db"} | settings
    return (
        inherited
        | {"PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
        | {f"ORDERS_{name}": _text_of(value) for name, value in given.items()}
    )


def _text_of(value: object) -> str:
    return value.render_as_string(hide_password=False) if isinstance(value, URL) else str(value)


class Process:
    """A process group: a process and its children; their output goes to `log`.

    A program without a path is one of .venv's. Waits raise subprocess.TimeoutExpired after
    LIMIT_SECONDS.
    """

    def __init__(self, folder: Path, *command: str, **settings: object) -> None:
        self.folder = folder
        self.log = folder / f"{uuid4().hex[:8]}.log"
        self.environment = environment(folder, **settings)
        self.command = [str(BIN / command[0]), *command[1:]]
        self._process: subprocess.Popen[bytes] | None = None

    def launch(self) -> None:
        """Start it; waits for nothing."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                cwd=self.folder,  # where there is no .env
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def run(self) -> subprocess.CompletedProcess[str]:
        """Start it, wait for its end, and return its output."""
        return subprocess.run(
            self.command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process that was launched last."""
        assert self._process is not None
        return self._process

    @property
    def pid(self) -> int:
        return self.process.pid

    def children(self) -> list[int]:
        """The ids of its child processes."""
        listed = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(pid) for pid in listed.split()]

    def is_running(self) -> bool:
        return self.process.poll() is None

    def wait(self) -> int:
        """Wait for its end; returns the exit code."""
        return self.process.wait(LIMIT_SECONDS)

    def terminate(self, signum: int = signal.SIGTERM) -> int:
        """Send `signum`, and wait; returns the exit code."""
        self.process.send_signal(signum)
        return self.wait()

    def terminate_impatiently(self, signum: int = signal.SIGTERM) -> int:
        """Send `signum` again and again until it ends; returns the exit code."""

        def has_ended() -> bool:
            self.process.send_signal(signum)
            return not self.is_running()

        wait_until(has_ended)
        return self.wait()

    def kill(self) -> None:
        """kill -9 of all its processes at once."""
        os.killpg(self.pid, signal.SIGKILL)
        self.wait()

    def end(self) -> None:
        """kill -9 of whatever is left of it, and of children that outlived their parent."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self.wait()


def run(folder: Path, *command: str, **settings: object) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; returns its output."""
    return Process(folder, *command, **settings).run()


def run_main(folder: Path, *arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
    """Run `python main.py` with these arguments to its end; returns its output."""
    return run(folder, "python", MAIN, *arguments, **settings)


AProcess = TypeVar("AProcess", bound=Process)


@contextmanager
def launched(process: AProcess) -> Iterator[AProcess]:
    """Launch it; ended with the block. An error in the block shows the end of its log."""
    try:
        process.launch()
        yield process
    except Exception as error:
        error.add_note(process.log.read_text()[-END_OF_LOG:])
        raise
    finally:
        process.end()
