"""A Celery worker that does the background work too, and stops in bounded time.

The background runs in the process that runs the tasks: with a pool of threads that is the worker
itself, with prefork each of its children, so that nothing of it crosses a fork.
"""

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

from adapters.celery_app import TASK
from entrypoints.background import Repeater
from entrypoints.container import Container
from entrypoints.worker_health import HealthFile, health_folder

THREADS = "celery.concurrency.thread"
PREFORK = "celery.concurrency.prefork"
LEAVE_SECONDS = 5.0  # for Celery to return what it had fetched, once the work is done
SIGN_SECONDS = 1.0


class CeleryWorker:
    """The container's Celery application with its task, and what happens around it."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._settings = container.settings()
        self._main_pid = os.getpid()
        self._health = HealthFile(health_folder(self._settings), self._deaf_seconds)
        self._stopping = False
        self.app: Celery = container.celery_app()
        self.app.task(name=TASK)(self._receive)
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
        return worker.exitcode or 0

    def _receive(self, order_id: str, attempt: int) -> None:
        self._container.celery_queue().receive(order_id, attempt)

    def _deaf_seconds(self) -> float:
        return self._container.celery_queue().deaf_seconds()

    def _on_options(self, conf: Any, options: dict[str, Any], **_: Any) -> None:
        pool = get_implementation(options.get("pool") or conf.worker_pool)
        if pool.__module__ == THREADS and not options.get("concurrency"):
            conf.worker_concurrency = self._settings.max_workers

    def _on_start(self, sender: Any, **_: Any) -> None:
        if get_implementation(sender.pool_cls).__module__ != PREFORK:
            self._begin(sender.concurrency)

    def _on_child_start(self, **_: Any) -> None:
        if os.getpid() != self._main_pid:
            self._container.reset_singletons()  # what the parent opened is the parent's
            signal.signal(signal.SIGTERM, lambda *_: self._in_a_thread(self._leave_now))
            self._begin(workers=1)

    def _on_child_end(self, **_: Any) -> None:
        self._end(timedelta(0))

    def _on_signal(self, how: str, **_: Any) -> None:
        if self._stopping or how != "Warm":
            os._exit(1)  # the second signal: leases do the rest
        self._stopping = True
        self._in_a_thread(self._stop)

    def _in_a_thread(self, action: Any) -> None:
        """A signal handler must not wait for a lock that the interrupted code may hold."""
        threading.Thread(target=action, name="stop").start()

    def _begin(self, workers: int) -> None:
        self._container.celery_queue().workers = workers
        self._container.background().start()
        Repeater("health", self._health, SIGN_SECONDS, self._container.clock()).start()

    def _end(self, drain: timedelta) -> None:
        self._container.background().stop(drain)
        self._container.repository().close()
        self._health.remove()

    def _stop(self) -> None:
        """Celery waits for as long as the work takes; we do not, nor for a silent broker."""
        children = active_children()
        if children:
            _wait_for(children, self._settings.drain_seconds)
            for child in active_children():
                child.terminate()  # it gives back what it has
        else:
            self._end(self._settings.drain)
        leave = threading.Timer(LEAVE_SECONDS, os._exit, args=(0,))
        leave.daemon = True
        leave.start()

    def _leave_now(self) -> None:
        self._end(timedelta(0))
        os._exit(0)


def _wait_for(children: list[Any], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(child.is_alive() for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
