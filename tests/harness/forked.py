"""Processes of main.py that are forked from one that has imported it, instead of started."""

import json
import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from tests.harness.fork_server import NUMBER


class Forked:
    """What is used of a subprocess.Popen."""

    def __init__(self, command: list[str], report: int) -> None:
        self.args = command
        self.returncode: int | None = None
        self._report = report
        self.pid = self._reported()

    def _reported(self) -> int:
        (number,) = NUMBER.unpack(os.read(self._report, NUMBER.size))
        return int(number)

    def wait(self, timeout: float | None = None) -> int:
        """Returns the exit code. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            poll = select.poll()
            poll.register(self._report, select.POLLIN)
            if not poll.poll(None if timeout is None else timeout * 1000):
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self.returncode = self._reported()
            os.close(self._report)
        return self.returncode

    def poll(self) -> int | None:
        try:
            return self.wait(timeout=0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, signum: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, signum)


class ForkServer:
    """Starts when it is first asked. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @cached_property
    def _server(self) -> tuple[subprocess.Popen[bytes], socket.socket]:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            server = subprocess.Popen(
                [sys.executable, "-m", "tests.harness.fork_server", str(theirs.fileno())],
                cwd=Path(__file__).parents[2],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        return server, ours

    def fork(
        self,
        command: list[str],
        folder: Path,
        environment: dict[str, str],
        streams: Sequence[IO[Any]],
    ) -> Forked:
        """Run a script with its arguments, on these three standard streams."""
        request = json.dumps([command, str(folder), environment]).encode()
        report, theirs = os.pipe()
        with self._lock:
            files = [*(stream.fileno() for stream in streams), theirs]
            socket.send_fds(self._server[1], [request], files)
        os.close(theirs)
        return Forked(command, report)

    def close(self) -> None:
        """End it; processes that still run go on."""
        if "_server" in self.__dict__:
            server, requests = self._server
            requests.close()
            server.wait()
