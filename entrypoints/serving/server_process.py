"""A server process: loads the application, drains its lifecycle, exits in time."""

import logging
import mmap
import os
import select
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any

from flask import Flask
from granian import _signals as granian_signals

from entrypoints.lifecycle.exits import exit_within
from entrypoints.lifecycle.signals import STOP_SIGNALS

log = logging.getLogger(__name__)

CHECK_SECONDS = 1.0  # between two checks that its own files are still open
REQUEST_SECONDS = 1.0  # after the drain, for requests that are still running

Drain = Callable[[], object]  # gives the process's orders back; blocks
StartApp = Callable[
    [Callable[[], None]], tuple[Flask, Drain]
]  # given what to call once it has started
StopServer = Callable[[int, Any], None]


class ServerProcess:
    """Stops once: when the other end of `stop_reader` closes, or on a signal.

    `came_up` becomes 1 when the lifecycle has started. If a user's code closes this process's
    files, a stop could not reach it: it exits, to be replaced.
    """

    def __init__(
        self, stop_reader: int, listener: int, came_up: mmap.mmap, drain_seconds: float
    ) -> None:
        self._signal_reader, self._signal_writer = os.pipe()
        self._stop_readers = [stop_reader, self._signal_reader]
        self._files = [*self._stop_readers, listener]
        self._came_up = came_up
        self._drain_seconds = drain_seconds
        self._drain: Drain | None = None
        self._stop_server: SimpleQueue[StopServer] = SimpleQueue()

    def load(self, start_app: StartApp) -> Flask:
        """The application; the process can be stopped from now on."""
        for signum in STOP_SIGNALS:
            signal.signal(signum, self._on_signal)
        # Granian's handler, called a second time, blocks for ever and holds the GIL.
        granian_signals.set_main_signals = self._keep_handler
        threading.Thread(target=self._stop_in_time, name="stop", daemon=True).start()
        app, self._drain = start_app(self._on_started)
        return app

    def _on_signal(self, *_: object) -> None:
        with suppress(OSError):  # other code closed it
            os.write(self._signal_writer, b".")

    def _keep_handler(self, handler: StopServer, *_: object) -> None:
        self._stop_server.put(handler)

    def _on_started(self) -> None:
        self._came_up[0] = 1

    def _stop_in_time(self) -> None:
        """Drain while the server finishes its requests; then exit, whatever a client is doing."""
        self._wait_for_a_stop()
        if self._drain is None:
            os._exit(0)  # there is nothing to finish
        began = time.monotonic()
        self._stop_server.get()(signal.SIGTERM, None)
        self._drain()
        rest = self._drain_seconds - (time.monotonic() - began)
        exit_within(max(rest, REQUEST_SECONDS))  # for requests; usually it has ended before

    def _wait_for_a_stop(self) -> None:
        files = [_identity(file) for file in self._files]
        poll = select.poll()
        for file in self._stop_readers:
            poll.register(file, select.POLLIN)
        while True:
            is_stopped = bool(poll.poll(CHECK_SECONDS * 1000))
            if [_identity(file) for file in self._files] != files:  # a closed one counts as ready
                log.error(
                    "this process's files were closed by other code; it exits, to be replaced"
                )
                os._exit(1)
            if is_stopped:
                return


def _identity(file: int) -> tuple[int, int] | None:
    try:
        status = os.fstat(file)
    except OSError:
        return None
    return status.st_dev, status.st_ino
