"""A server process: loads the application behind a front, drains its lifecycle, exits in time."""

import asyncio
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

from flask import Flask
from granian import _signals as granian_signals
from granian._granian import WorkerSignal
from granian.server import mp as granian_server

from entrypoints.lifecycle.exits import exit_within
from entrypoints.lifecycle.signals import STOP_SIGNALS
from entrypoints.serving.front import Front, Scheduler
from entrypoints.wiring.settings import Settings

log = logging.getLogger(__name__)

CHECK_SECONDS = 1.0  # between two checks that its own files are still open
REQUEST_SECONDS = 1.0  # after the drain, for requests that are still running

Drain = Callable[[], object]  # gives the process's orders back; blocks
StartApp = Callable[
    [Callable[[], None]], tuple[Flask, Drain]
]  # given what to call once it has started


class ServerProcess:
    """Stops once: when the other end of `stop_reader` closes, or on a signal.

    `came_up` becomes 1 when the lifecycle has started. If a user's code closes this process's
    files, a stop could not reach it: it exits, to be replaced.
    """

    def __init__(
        self, stop_reader: int, listener: int, came_up: mmap.mmap, settings: Settings
    ) -> None:
        self._signal_reader, self._signal_writer = os.pipe()
        self._stop_readers = [stop_reader, self._signal_reader]
        self._files = [*self._stop_readers, listener]
        self._came_up = came_up
        self._settings = settings
        self._app: Flask | None = None
        self._drain: Drain | None = None
        self._front: SimpleQueue[Front] = SimpleQueue()
        self._stop_server = WorkerSignal()

    def load(self, start_app: StartApp) -> Flask:
        """The application; the process can be stopped from now on.

        Granian asks for its signals and for a scheduler then, in this process: it gets ours.
        """
        for signum in STOP_SIGNALS:
            signal.signal(signum, self._on_signal)
        # Granian's own handlers would stop the server before the drain has begun.
        granian_signals.set_loop_signals = lambda _: self._stop_server
        granian_server._new_cbscheduler = self._scheduler  # type: ignore[attr-defined]  # noqa: SLF001
        threading.Thread(target=self._stop_in_time, name="stop", daemon=True).start()
        self._app, self._drain = start_app(self._on_started)
        return self._app

    def _on_signal(self, *_: object) -> None:
        with suppress(OSError):  # other code closed it
            os.write(self._signal_writer, b".")

    def _scheduler(self, loop: asyncio.AbstractEventLoop, *_: object, **__: object) -> Scheduler:
        assert self._app is not None
        front = Front(self._app, loop, self._settings.server_threads)
        self._front.put(front)
        return Scheduler(loop, front.take, None, None, None)

    def _on_started(self) -> None:
        self._came_up[0] = 1

    def _stop_in_time(self) -> None:
        """Drain while the server finishes its requests; then exit, whatever a client is doing."""
        self._wait_for_a_stop()
        if self._drain is None:
            os._exit(0)  # there is nothing to finish
        began = time.monotonic()
        self._front.get().end_waits()
        self._stop_server.set()
        self._drain()
        rest = self._settings.drain_seconds - (time.monotonic() - began)
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
