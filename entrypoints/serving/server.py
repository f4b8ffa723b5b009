"""The server's main process, on granian: owns the address and handles the signals."""

import logging
import mmap
import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from granian import Granian
from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from entrypoints.lifecycle.signals import STOP_SIGNALS, StopSignals
from entrypoints.serving.listening import listen
from entrypoints.serving.open_files import allow_many_connections
from entrypoints.serving.server_process import ServerProcess, StartApp
from entrypoints.wiring.settings import Settings, StartError

log = logging.getLogger(__name__)

BACKLOG = 1024  # connections that wait to be accepted, also while a process is replaced
HEADER_BYTES = 64 * 1024  # held for each connection until its headers are complete
HEADER_SECONDS = 10  # then a client that has not sent its headers is disconnected
KILL_AFTER_SECONDS = 10  # after the drain
START_OVER_SECONDS = 1
START_TRIES = 3  # give up after so many in a row without a process that came up


class _Server(Granian):  # type: ignore[misc,valid-type]  # chosen by granian at import
    """Stops on the first signal, and at once on the second.

    Its processes stop when this one closes its end of a pipe, or dies.
    """

    def __init__(self, listener: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._listener = listener
        self._signals = StopSignals()
        self._came_up = mmap.mmap(-1, 1)  # shared with the processes
        self._stop_reader, self._stop_writer = os.pipe()

    @property
    def came_up(self) -> bool:
        """Whether the lifecycle has started in any of its processes."""
        return self._came_up[0] > 0

    def run(self, start_app: StartApp, settings: Settings) -> bool:
        """Serve until a signal comes; False when granian gives up because processes keep dying."""
        try:
            self.serve(target_loader=partial(self.load, start_app, settings), wrap_loader=False)
        except SystemExit:
            if self.interrupt_signal:  # and a process had died
                return True
            if self.interrupt_children:  # granian gave up: a replacement died within 5.5 s
                return False
            raise
        return True

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        if self._signals.is_second():
            for process in self.wrks:
                process.kill()
            os._exit(1)
        super().signal_handler_interrupt(*args, **kwargs)

    def shutdown(self, exit_code: int = 0) -> None:
        os.close(self._stop_writer)  # stops the processes, which granian waits for
        if self.interrupt_signal:  # otherwise the next server goes on with it
            self._listener.close()
        super().shutdown(exit_code)
        os.close(self._stop_reader)

    def load(self, start_app: StartApp, settings: Settings) -> object:
        """Runs in a server process, which stops when the main process says so."""
        os.close(self._stop_writer)
        listener = self._listener.detach()  # granian closes this descriptor
        process = ServerProcess(self._stop_reader, listener, self._came_up, settings)
        return process.load(start_app)

    def _init_shared_socket(self) -> None:
        """Share our socket; granian would bind one per process, with SO_REUSEPORT."""
        of_linux = (self.backlog,) if sys.platform.startswith(("linux", "freebsd")) else ()
        self._shd = SocketHolder(self._listener.fileno(), False, *of_linux)  # type: ignore[call-arg]
        self._ssp = self._sso = None


def serve(
    settings: Settings,
    start_app: StartApp,
    check: Callable[[], None],
    on_listening: Callable[[], None],
) -> None:
    """Serve until SIGINT or SIGTERM; blocks. Each server process makes its app, after its fork.

    `on_listening` is called once, before any process is up. A server process that dies is replaced.
    When its replacement soon dies too (poison orders can do that), granian gives up; this calls
    `check` and starts over. Raises StartError when it cannot listen or no process ever comes up,
    and whatever `check` raises. Sets this process's signal handlers and multiprocessing's start
    method.
    """
    multiprocessing.set_start_method("fork", force=True)  # the pipe and the app are inherited
    with listen(settings.host, settings.port, BACKLOG) as listener:
        on_listening()
        tries = START_TRIES
        while True:
            server = _server(settings, listener)
            if server.run(start_app, settings):
                return
            tries = START_TRIES if server.came_up else tries - 1
            if not tries:
                raise StartError(
                    "no server process stays up; its output, or the system's log, says why (too"
                    " little memory, for example)"
                )
            log.error("server processes keep dying; starting over")
            for signum in STOP_SIGNALS:
                signal.signal(signum, lambda *_: sys.exit(0))  # until the next server handles them
            time.sleep(START_OVER_SECONDS)  # no busy loop while something keeps killing them
            check()


def _server(settings: Settings, listener: socket.socket) -> _Server:
    return _Server(
        listener,
        "main:create_app",  # only a name: run() passes the loader
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGINL,  # no lifespan
        websockets=False,
        workers=settings.server_workers,
        backlog=BACKLOG,
        backpressure=allow_many_connections(),  # that are open; further ones wait in the backlog
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEADER_SECONDS * 1000, max_buffer_size=HEADER_BYTES
        ),
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=int(settings.drain_seconds) + KILL_AFTER_SECONDS,
    )
