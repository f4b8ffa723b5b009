"""A Celery worker that does the background work too, and stops in bounded time.

The background runs in the process that runs the tasks: with a pool of threads that is the worker
itself, with prefork each of its children, so that nothing of it crosses a fork.
"""

import logging
import os
import signal
import socket
import threading
import time
from datetime import timedelta
from typing import Any

from billiard import active_children
from celery import Celery, signals
from celery.concurrency import get_implementation

from adapters.celery.app import TASK
from adapters.celery.messages import careful_strategy
from application.ports import RepositoryError
from entrypoints.container import Container
from entrypoints.lifecycle.exits import exit_now, exit_within
from entrypoints.lifecycle.repeater import Repeater
from entrypoints.lifecycle.signals import STOP_SIGNALS, StopSignals
from entrypoints.worker.health_check import HealthFile, health_folder

log = logging.getLogger(__name__)

THREADS = "celery.concurrency.thread"
PREFORK = "celery.concurrency.prefork"
STOP_SECONDS = 10.0  # beyond the drain, and then it ends
LEAVE_SECONDS = 5.0  # for Celery to return what it had fetched, once the work is done
SIGN_SECONDS = 1.0
LEAVE_NOW = signal.SIGUSR2  # to a child; one that Celery leaves alone


class CeleryWorker:
    """The container's Celery application with its task, and what happens around it."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._settings = container.settings()
        self._main_pid = os.getpid()
        self._health = HealthFile(health_folder(self._settings), self._deaf_seconds)
        self._signs: Repeater | None = None
        self._stop_signals = StopSignals()
        self._stopping = False
        self._fetched: dict[tuple[str, int], None] = {}  # hints that no thread has begun with
        self.app: Celery = container.celery_app()
        self.app.task(name=TASK, Strategy=staticmethod(careful_strategy))(self._receive)
        # Strongly: nobody else keeps these methods.
        signals.celeryd_init.connect(self._on_options, weak=False)
        signals.worker_init.connect(self._on_start, weak=False)
        signals.worker_process_init.connect(self._on_child_start, weak=False)
        signals.worker_process_shutdown.connect(self._on_child_end, weak=False)
        signals.worker_shutting_down.connect(self._on_signal, weak=False)

    def run(self) -> int:
        """Work until a signal comes; returns the exit code."""
        worker = self.app.Worker(
            hostname=f"orders-{os.getpid()}@{socket.gethostname()}",
            quiet=True,
            loglevel="INFO",
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        worker.start()
        return 0 if self._stopping else worker.exitcode or 0  # Celery's is 1 after Ctrl-C

    def _receive(self, order_id: str, attempt: int) -> None:
        self._fetched.pop((order_id, attempt), None)
        self._container.celery_queue().receive(order_id, attempt)

    def _deaf_seconds(self) -> float:
        return self._container.celery_queue().deaf_seconds()

    def _on_options(self, conf: Any, options: dict[str, Any], **_: Any) -> None:
        pool = get_implementation(options.get("pool") or conf.worker_pool)
        if pool.__module__ == THREADS and not options.get("concurrency"):
            conf.worker_concurrency = self._settings.max_workers

    def _on_start(self, sender: Any, **_: Any) -> None:
        pool = get_implementation(sender.pool_cls).__module__
        if pool != PREFORK:
            signals.task_received.connect(self._on_fetched, weak=False)
            self._begin(sender.concurrency if pool == THREADS else 1)

    def _on_fetched(self, request: Any, **_: Any) -> None:
        self._fetched[tuple(request.args)] = None

    def _on_child_start(self, **_: Any) -> None:
        if os.getpid() != self._main_pid:
            self._container.reset_singletons()  # what the parent opened is the parent's
            # The parent decides. Celery would put a handler here that breaks into an order.
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.signal(LEAVE_NOW, lambda *_: self._in_a_thread(self._leave_now))
            self._begin(workers=1)

    def _on_child_end(self, **_: Any) -> None:
        self._end(timedelta(0))

    def _on_signal(self, how: str, **_: Any) -> None:
        if self._stop_signals.is_second() or how != "Warm":
            _end_at_once()
        for signum in STOP_SIGNALS:  # Celery's second Ctrl-C waits for threads
            signal.signal(signum, self._on_signal_again)
        self._stopping = True
        self._in_a_thread(self._stop)

    def _on_signal_again(self, *_: object) -> None:
        if self._stop_signals.is_second():
            _end_at_once()

    def _in_a_thread(self, action: Any) -> None:
        """A signal handler must not wait for a lock that the interrupted code may hold."""
        threading.Thread(target=action, name="stop").start()

    def _begin(self, workers: int) -> None:
        self._container.celery_queue().workers = workers
        self._container.lifecycle().start()
        self._signs = Repeater("health", self._health, SIGN_SECONDS, self._container.clock())
        self._signs.start()

    def _end(self, drain: timedelta) -> None:
        lifecycle = self._container.lifecycle()
        lifecycle.drain(drain)
        self._give_back_hints()
        lifecycle.close()
        if self._signs is not None:
            self._signs.stop(SIGN_SECONDS)
        self._health.remove()

    def _give_back_hints(self) -> None:
        """Celery forgets what no thread began with: due now, and not when its hold ends."""
        for hint in list(self._fetched):
            try:
                self._container.follow_hint()(*hint)
            except RepositoryError as error:  # as it would be for the next one
                log.warning("some orders wait until their hold ends: %s", error)
                return
            except Exception as error:  # a message that is not ours
                log.warning("hint %r is none: %s", hint, error)

    def _stop(self) -> None:
        """Celery waits for as long as the work takes; we do not."""
        exit_within(self._settings.drain_seconds + STOP_SECONDS)
        children = active_children()
        if children:
            _wait_for(children, self._settings.drain_seconds)
            for child in active_children():
                if child.pid is not None:
                    os.kill(child.pid, LEAVE_NOW)  # it gives back what it has
        else:
            self._end(self._settings.drain)
        exit_within(LEAVE_SECONDS)

    def _leave_now(self) -> None:
        exit_within(STOP_SECONDS)
        self._end(timedelta(0))
        exit_now()


def _end_at_once() -> None:
    """The second signal: leases do the rest, and the system kills the children."""
    os._exit(1)


def _wait_for(children: list[Any], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(child.is_alive() for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
