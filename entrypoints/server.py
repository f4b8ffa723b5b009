"""Serves the application with granian."""

import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn, Protocol

from flask import Flask
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from entrypoints.http.guard import SPARE_THREADS
from entrypoints.settings import Settings, StartError


class Background(Protocol):
    """What a server process does besides serving."""

    def stop(self) -> None:
        """Finish it; blocks."""

    def end(self) -> NoReturn:
        """End the process."""


StartApp = Callable[[], tuple[Flask, Background]]

log = logging.getLogger(__name__)

HEADER_SECONDS = 10  # a client that has not sent its headers by then is hung up on
KILL_AFTER_SECONDS = 10  # beyond the drain
START_OVER_SECONDS = 1
REQUEST_SECONDS = 1.0  # for requests that are not finished when the drain is over


class _Server(Granian):  # type: ignore[misc,valid-type]  # chosen by granian at import
    """Stops at the first signal, and at the second one at once.

    A pipe tells its processes to stop: they read its end when this process closes it, or dies.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.told_to_stop, self._tells_to_stop = os.pipe()

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        if self.interrupt_signal:
            for worker in self.wrks:
                worker.kill()
            os._exit(1)
        super().signal_handler_interrupt(*args, **kwargs)

    def shutdown(self, exit_code: int = 0) -> None:
        os.close(self._tells_to_stop)
        super().shutdown(exit_code)
        os.close(self.told_to_stop)

    def load(self, start_app: StartApp, drain_seconds: float) -> Flask:
        """In a server process: the application, and a thread that stops its background in time."""
        os.close(self._tells_to_stop)
        app, background = start_app()
        threading.Thread(
            target=_stop_when_told,
            args=(self.told_to_stop, background, drain_seconds),
            daemon=True,
        ).start()
        return app


def _stop_when_told(told: int, background: Background, drain_seconds: float) -> None:
    """Drain while the server finishes its requests; then end, whatever a client is doing."""
    os.read(told, 1)
    began = time.monotonic()
    os.kill(os.getpid(), signal.SIGTERM)  # the main process may have died
    background.stop()
    rest = drain_seconds - (time.monotonic() - began)
    time.sleep(max(rest, REQUEST_SECONDS))  # for requests; the process mostly ends before
    background.end()


def serve(
    settings: Settings,
    start_app: StartApp,
    check: Callable[[], None],
    on_listening: Callable[[], None],
) -> None:
    """Serve until SIGINT or SIGTERM. The app is made in each server process, after its fork.

    A server process that dies is replaced; granian gives up on one that dies soon again, as a few
    poison orders may make it do, so this starts over, after `check`. Raises StartError when it
    cannot listen, and what `check` raises.
    """
    multiprocessing.set_start_method("fork", force=True)  # the pipe and the app are inherited
    _check_address(settings.host, settings.port)
    on_startup: list[Callable[[], None]] = [on_listening]
    while True:
        server = _server(settings)
        for hook in on_startup:
            server.on_startup(hook)
        on_startup.clear()
        try:
            server.serve(
                target_loader=partial(server.load, start_app, settings.drain_seconds),
                wrap_loader=False,
            )
            return
        except SystemExit:
            if not server.interrupt_children:
                raise
            log.error("server processes die too often; starting over")
            for signum in (signal.SIGINT, signal.SIGTERM):
                signal.signal(signum, lambda *_: sys.exit(0))  # until the next server handles them
            time.sleep(START_OVER_SECONDS)  # not to spin while something keeps killing them
            check()


def _server(settings: Settings) -> _Server:
    return _Server(
        "main:create_app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.server_workers,
        blocking_threads=settings.server_threads + SPARE_THREADS,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_SECONDS * 1000),
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=int(settings.drain_seconds) + KILL_AFTER_SECONDS,
    )


def _check_address(host: str, port: int) -> None:
    """Granian would share the port with whoever listens there already."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, UnicodeError) as error:
        raise StartError(
            f"cannot listen on ORDERS_HOST={host!r} ORDERS_PORT={port}:"
            f" {getattr(error, 'strerror', None) or 'not an address'}"
        ) from error
