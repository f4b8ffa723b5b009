"""A Celery worker that has the service's lifecycle, and stops in bounded time.

The process that runs the tasks has the lifecycle: with a pool of threads that is the worker itself,
with prefork each of its children. So nothing of it crosses a fork. What stops it:

- A first SIGTERM or Ctrl-C: `_stop` drains this process or, with prefork, gives the children as
  long to end and has the others leave (`_leave_now`). `exit_within` bounds each step.
- Celery ends a child (with --max-tasks-per-child, say): `_on_child_end` drains it.
- A second signal, or what Celery calls a cold shutdown: everything ends at once.
"""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from billiard import active_children
from celery import Celery, signals
from celery.concurrency import get_implementation

from adapters.celery.app import TASK
from adapters.celery.strategy import tolerant_strategy
from entrypoints.lifecycle.exits import exit_now, exit_within
from entrypoints.lifecycle.signals import STOP_SIGNALS, StopSignals
from entrypoints.wiring.container import Container
from entrypoints.worker.task_process import TaskProcess

THREADS = "celery.concurrency.thread"
PREFORK = "celery.concurrency.prefork"
RECEIVERS = 2  # threads that pass hints on; the dispatcher's workers do the work
STOP_SECONDS = 10.0  # after the drain; then the process is ended
LEAVE_SECONDS = 5.0  # for Celery to return the messages that it prefetched, once the work is done
LEAVE_NOW = signal.SIGUSR2  # sent to a prefork child; Celery does not use it


class CeleryWorker:
    """The container's Celery application with its task, and what happens around it."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._settings = container.settings()
        self._process = TaskProcess(container)
        self._main_pid = os.getpid()
        self._stop_signals = StopSignals()
        self._stopping = False
        self.app: Celery = container.celery_app()
        self.app.task(name=TASK, Strategy=staticmethod(tolerant_strategy))(self._process.receive)
        # Not weakly: nothing else refers to these bound methods.
        signals.celeryd_init.connect(self._on_options, weak=False)
        signals.worker_init.connect(self._on_start, weak=False)
        signals.worker_process_init.connect(self._on_child_start, weak=False)
        signals.worker_process_shutdown.connect(self._on_child_end, weak=False)
        signals.worker_shutting_down.connect(self._on_signal, weak=False)

    def run(self) -> int:
        """Work until a signal comes; blocks. Returns the exit code."""
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

    def _on_options(self, conf: Any, options: dict[str, Any], **_: Any) -> None:
        pool = get_implementation(options.get("pool") or conf.worker_pool)
        if pool.__module__ == THREADS and not options.get("concurrency"):
            conf.worker_concurrency = RECEIVERS

    def _on_start(self, sender: Any, **_: Any) -> None:
        pool = get_implementation(sender.pool_cls).__module__
        if pool != PREFORK:
            signals.task_received.connect(self._on_fetched, weak=False)
            self._process.start(threads=sender.concurrency if pool == THREADS else 1)

    def _on_fetched(self, request: Any, **_: Any) -> None:
        self._process.note_fetched(tuple(request.args))

    def _on_child_start(self, **_: Any) -> None:
        if os.getpid() != self._main_pid:  # the solo pool sends this in the worker itself
            self._container.reset_singletons()  # connections belong to the process that opened them
            # The parent decides when to stop. Celery's own handler would interrupt an order.
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.signal(LEAVE_NOW, lambda *_: _in_a_thread(self._leave_now))
            self._process.start(threads=1)

    def _on_child_end(self, **_: Any) -> None:
        self._process.stop(self._settings.drain)

    def _leave_now(self) -> None:
        exit_within(STOP_SECONDS)
        self._process.stop(timedelta(0))
        exit_now()

    def _on_signal(self, how: str, **_: Any) -> None:
        if self._stop_signals.is_second() or how != "Warm":
            _end_at_once()
        for signum in STOP_SIGNALS:  # Celery's own handler of a second Ctrl-C waits for threads
            signal.signal(signum, self._on_signal_again)
        self._stopping = True
        _in_a_thread(self._stop)

    def _on_signal_again(self, *_: object) -> None:
        if self._stop_signals.is_second():
            _end_at_once()

    def _stop(self) -> None:
        """Stop in bounded time: Celery itself waits for as long as the work takes."""
        exit_within(self._settings.drain_seconds + STOP_SECONDS)  # should what follows hang
        children = active_children()
        if children:
            _wait_for(children, self._settings.drain_seconds)
            for child in active_children():
                if child.pid is not None:
                    os.kill(child.pid, LEAVE_NOW)  # it gives its orders back
        else:
            self._process.stop(self._settings.drain)
        exit_within(LEAVE_SECONDS)


def _in_a_thread(action: Callable[[], None]) -> None:
    """A signal handler must not wait for a lock that the interrupted code may hold."""
    threading.Thread(target=action, name="stop").start()


def _end_at_once() -> None:
    """On a second signal: leases give the orders back, and the kernel kills the children."""
    os._exit(1)


def _wait_for(children: list[Any], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(child.is_alive() for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)  # to join them one after the other would wait for each, not for all
