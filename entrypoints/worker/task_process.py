"""A process that runs Celery's tasks: its lifecycle, its heartbeat file, and the hints it has."""

import logging
from datetime import timedelta
from typing import Any

from application.ports import RepositoryError
from entrypoints.lifecycle.repeater import Repeater
from entrypoints.wiring.container import Container
from entrypoints.worker.health_check import HeartbeatFile, heartbeat_folder

log = logging.getLogger(__name__)

HEARTBEAT_FILE_SECONDS = 1.0  # from one writing of it to the next


class TaskProcess:
    """The worker itself with a pool of threads, each of its children with prefork.

    May be made before a fork: nothing is built before `start`.
    """

    def __init__(self, container: Container) -> None:
        self._container = container
        self._file = HeartbeatFile(heartbeat_folder(container.settings()), self._stalled_seconds)
        self._file_writer: Repeater | None = None
        self._fetched: dict[tuple[Any, ...], None] = {}  # hints that no thread has begun with

    def start(self, threads: int) -> None:
        """Begin, with so many threads that receive hints."""
        self._container.celery_queue().receiving_threads = threads
        self._container.lifecycle().start()
        self._file_writer = Repeater(
            "health", self._file, HEARTBEAT_FILE_SECONDS, self._container.clock()
        )
        self._file_writer.start()

    def note_fetched(self, hint: tuple[Any, ...]) -> None:
        """Celery has it from the broker, and a free thread will receive it; it may be garbage."""
        self._fetched[hint] = None

    def receive(self, order_id: str, attempt: int) -> None:
        """Follow a hint, in a thread of Celery's. Raises nothing."""
        self._fetched.pop((order_id, attempt), None)
        self._container.celery_queue().receive(order_id, attempt)

    def stop(self, drain_limit: timedelta) -> None:
        """Drain, give back orders and hints, and close the database."""
        lifecycle = self._container.lifecycle()
        lifecycle.drain(drain_limit)
        self._give_back_hints()
        lifecycle.close()
        if self._file_writer is not None:
            self._file_writer.stop(HEARTBEAT_FILE_SECONDS)
        self._file.remove()

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

    def _stalled_seconds(self) -> float:
        return self._container.celery_queue().stalled_seconds()
