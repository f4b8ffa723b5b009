"""Starts the lifecycle once in each serving process, after any fork, and ends it there."""

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

START_AFTER_SECONDS = 0.5  # longer than a preloading server takes from loading the app to its forks


class LifecycleAfterFork:
    """Decides which process has the lifecycle: never a parent that only forks or reloads.

    It starts a moment after `arm`. A server that preloads the app forks from its main thread,
    mostly within that moment; the work then moves to the children, which share nothing with the
    parent. A fork from another thread, by a user's own code, changes nothing. `on_started` is
    called once it runs.
    """

    def __init__(self, container: Container, on_started: Callable[[], None]) -> None:
        self._container = container
        self._on_started = on_started
        self._timer: threading.Timer | None = None
        self._serving: int | None = None  # id of the process that is, or will be, at work
        self._moves = False  # between the two sides of a fork

    def arm(self) -> None:
        """Start in a moment, in this process or in those forked from it."""
        if _is_only_a_flask_command():
            return
        os.register_at_fork(
            before=self._before_fork,
            after_in_parent=self._after_fork_in_parent,
            after_in_child=self._after_fork_in_child,
        )
        # The one hook that runs before an executor's threads are waited for; atexit runs after.
        threading._register_atexit(self._leave)  # type: ignore[attr-defined]  # noqa: SLF001
        if (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        ):
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that `flask run` drains too
        self._start_soon()

    def _start_soon(self) -> None:
        self._serving = os.getpid()
        self._timer = threading.Timer(START_AFTER_SECONDS, self._start)
        self._timer.daemon = True
        self._timer.start()

    def _start(self) -> None:
        try:
            self._container.lifecycle().start()
        except Exception as error:  # no more threads, say; whoever made this process makes another
            log.error("the background work cannot start, so this process ends: %r", error)
            os._exit(1)
        self._on_started()

    def _leave(self) -> None:
        """Drain, close, and end the process if a processor would hold it up."""
        if self._serving != os.getpid():
            return
        with suppress(KeyboardInterrupt):  # a second Ctrl-C
            if self._end():
                return
        exit_now()

    def _end(self, limit: timedelta | None = None) -> bool:
        if self._timer is not None:
            self._timer.cancel()
        lifecycle = self._container.lifecycle()
        finished = lifecycle.drain(limit)
        lifecycle.close()
        return finished

    def _before_fork(self) -> None:
        self._moves = (
            self._serving is not None and threading.current_thread() is threading.main_thread()
        )
        if self._moves and self._serving == os.getpid():
            self._end(timedelta(0))  # no open file may be carried over a fork

    def _after_fork_in_parent(self) -> None:
        self._moves = False

    def _after_fork_in_child(self) -> None:
        if self._moves:
            self._moves = False
            self._container.reset_singletons()
            self._start_soon()


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
