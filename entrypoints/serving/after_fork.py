"""Starts the lifecycle once in each process that serves, after any fork, and closes it at exit."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import click
from flask.cli import FlaskGroup
from flask.helpers import get_debug_flag
from werkzeug.serving import is_running_from_reloader

from entrypoints.lifecycle.exits import exit_now
from entrypoints.wiring.container import Container

log = logging.getLogger(__name__)

START_AFTER_SECONDS = 0.5  # more than a preloading server needs from loading to forking


class LifecycleAfterFork:
    """Starts the lifecycle in a process that serves, never in a parent that only forks or reloads.

    `start_soon` starts a short timer. A server that preloads the app forks from its main thread,
    mostly before the timer ends; the lifecycle is then started in its children instead, each with a
    container that shares nothing with the parent's. Forks from other threads, by users' code, are
    ignored. `on_started` is called in the timer's thread once the lifecycle runs.
    """

    def __init__(self, container: Container, on_started: Callable[[], None]) -> None:
        self._container = container
        self._on_started = on_started
        self._timer: threading.Timer | None = None
        self._lifecycle_pid: int | None = None  # the process that starts the lifecycle, or has
        self._child_takes_over = False  # during a fork of the main thread: the child starts it

    def start_soon(self) -> None:
        """Start the lifecycle soon, in this process or in those forked from it. Call it once.

        From the main thread it also has SIGTERM exit normally where nothing handles it. A process
        whose lifecycle cannot start exits with code 1.
        """
        if _is_only_a_flask_command():
            return
        os.register_at_fork(
            before=self._before_fork,
            after_in_parent=self._after_fork_in_parent,
            after_in_child=self._after_fork_in_child,
        )
        # Runs before the threads of executors are joined; atexit would run after that.
        threading._register_atexit(self._at_exit)  # type: ignore[attr-defined]  # noqa: SLF001
        if (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        ):
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that `flask run` drains too
        self._start_timer()

    def _start_timer(self) -> None:
        self._lifecycle_pid = os.getpid()
        self._timer = threading.Timer(START_AFTER_SECONDS, self._start)
        self._timer.daemon = True
        self._timer.start()

    def _start(self) -> None:
        try:
            self._container.lifecycle().start()
        except Exception as error:  # no threads left, say
            log.error("the background threads cannot start; this process exits: %r", error)
            os._exit(1)  # a server replaces it
        self._on_started()

    def _at_exit(self) -> None:
        """Drain and close; if a processor is still running then, end the process."""
        if self._lifecycle_pid != os.getpid():
            return
        with suppress(KeyboardInterrupt):  # a second Ctrl-C
            if self._drain_and_close():
                return
        exit_now()

    def _drain_and_close(self, limit: timedelta | None = None) -> bool:
        if self._timer is not None:
            self._timer.cancel()
        lifecycle = self._container.lifecycle()
        finished = lifecycle.drain(limit)
        lifecycle.close()
        return finished

    def _before_fork(self) -> None:
        self._child_takes_over = (
            self._lifecycle_pid is not None
            and threading.current_thread() is threading.main_thread()
        )
        if self._child_takes_over and self._lifecycle_pid == os.getpid():
            self._drain_and_close(timedelta(0))  # no open database file may cross a fork

    def _after_fork_in_parent(self) -> None:
        self._child_takes_over = False

    def _after_fork_in_child(self) -> None:
        if self._child_takes_over:
            self._child_takes_over = False
            self._container.reset_singletons()
            self._start_timer()


def _is_only_a_flask_command() -> bool:
    """Whether this is `flask routes` or the like, or the parent of Flask's reloader."""
    context = click.get_current_context(silent=True)
    if context is None or not isinstance(context.find_root().command, FlaskGroup):
        return False
    if context.info_name != "run":
        return True
    reload = context.params.get("reload")
    reloads: bool = get_debug_flag() if reload is None else reload
    return reloads and not is_running_from_reloader()
