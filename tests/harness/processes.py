"""Processes that do not outlive the block that launched them."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, ClassVar, TypeVar
from uuid import uuid4

from sqlalchemy import URL

from tests.harness.forked import Forked, ForkServer
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

    fork_server: ClassVar[ForkServer | None] = None  # of main.py; without one, all are fresh

    def __init__(self, folder: Path, *command: str, **settings: object) -> None:
        self.folder = folder
        self.log = folder / f"{uuid4().hex[:8]}.log"
        self.environment = environment(folder, **settings)
        self.command = [str(BIN / command[0]), *command[1:]]
        self._process: subprocess.Popen[bytes] | Forked | None = None

    def launch(self) -> None:
        """Start it; waits for nothing."""
        with self.log.open("ab") as log, Path(os.devnull).open() as nothing:
            self._process = self._start(nothing, log, log)

    def run(self, given: str = "") -> subprocess.CompletedProcess[str]:
        """Start it with this standard input, wait for its end, and return its output."""
        with ExitStack() as stack:
            streams = [stack.enter_context(TemporaryFile("w+")) for _ in range(3)]
            streams[0].write(given)
            streams[0].seek(0)
            self._process = self._start(*streams)
            try:
                exit_code = self.wait()
            finally:
                self.end()
            for stream in streams:
                stream.seek(0)
            _, output, errors = (stream.read() for stream in streams)
        return subprocess.CompletedProcess(self.command, exit_code, output, errors)

    def _start(
        self, given: IO[Any], output: IO[Any], errors: IO[Any]
    ) -> subprocess.Popen[bytes] | Forked:
        program, *arguments = self.command
        if self.fork_server and arguments[:1] == [MAIN] and program.endswith("/python"):
            streams = [given, output, errors]
            return self.fork_server.fork(arguments, self.folder, self.environment, streams)
        return subprocess.Popen(
            self.command,
            cwd=self.folder,  # where there is no .env
            env=self.environment,
            stdin=given,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )

    @property
    def process(self) -> subprocess.Popen[bytes] | Forked:
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
