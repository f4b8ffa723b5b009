"""One of the server's processes: loads the application, and ends with its background in time."""

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

LOOK_SECONDS = 1.0  # between two looks at its own files
REQUEST_SECONDS = 1.0  # for requests that are not finished when the drain is over


Drain = Callable[[], object]  # finishes what a process does besides serving; blocks
StartApp = Callable[[Callable[[], None]], tuple[Flask, Drain]]  # takes what to call once it runs
StopServer = Callable[[int, Any], None]


class ServerProcess:
    """Stops when `told_to_stop` is closed at its other end, or a signal comes, however often.

    `came_up` becomes 1 when the background has begun. A process whose own files were closed (by a
    user's code that closes all there are, say) hears of nobody any more: it ends, to be replaced.
    """

    def __init__(
        self, told_to_stop: int, listener: int, came_up: mmap.mmap, drain_seconds: float
    ) -> None:
        self._signalled, self._signals = os.pipe()
        self._stops = [told_to_stop, self._signalled]
        self._files = [*self._stops, listener]
        self._came_up = came_up
        self._drain_seconds = drain_seconds
        self._drain: Drain | None = None
        self._stop_server: SimpleQueue[StopServer] = SimpleQueue()

    def load(self, start_app: StartApp) -> Flask:
        """The application; a stop is heeded from now on."""
        for signum in STOP_SIGNALS:
            signal.signal(signum, self._on_signal)
        # Granian's own handler, called once too often, waits for ever and holds the interpreter.
        granian_signals.set_main_signals = self._keep_handler
        threading.Thread(target=self._end_in_time, name="stop", daemon=True).start()
        app, self._drain = start_app(self._on_started)
        return app

    def _on_signal(self, *_: object) -> None:
        with suppress(OSError):  # somebody closed it
            os.write(self._signals, b".")

    def _keep_handler(self, handler: StopServer, *_: object) -> None:
        self._stop_server.put(handler)

    def _on_started(self) -> None:
        self._came_up[0] = 1

    def _end_in_time(self) -> None:
        """Drain while the server finishes its requests; then end, whatever a client is doing."""
        self._wait_for_a_stop()
        if self._drain is None:
            os._exit(0)  # there is nothing to finish
        began = time.monotonic()
        self._stop_server.get()(signal.SIGTERM, None)
        self._drain()
        rest = self._drain_seconds - (time.monotonic() - began)
        exit_within(max(rest, REQUEST_SECONDS))  # for requests; the process mostly ends before

    def _wait_for_a_stop(self) -> None:
        files = [_identity(file) for file in self._files]
        stops = select.poll()
        for file in self._stops:
            stops.register(file, select.POLLIN)
        told = False
        while not told:
            told = bool(stops.poll(LOOK_SECONDS * 1000))
            if [_identity(file) for file in self._files] != files:
                log.error("somebody closed the files of this process; it ends, to be replaced")
                os._exit(1)


def _identity(file: int) -> tuple[int, int] | None:
    try:
        status = os.fstat(file)
    except OSError:
        return None
    return status.st_dev, status.st_ino
