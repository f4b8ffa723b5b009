"""A process that runs Celery's tasks: its lifecycle, heartbeat file and prefetched messages."""

import logging
from datetime import timedelta
from typing import Any

from adapters.celery.app import to_hints
from application.ports import RepositoryError
from entrypoints.lifecycle.repeater import Repeater
from entrypoints.wiring.container import Container
from entrypoints.worker.health_check import HeartbeatFile, heartbeat_folder

log = logging.getLogger(__name__)

HEARTBEAT_FILE_SECONDS = 1.0  # between two writes of it


class TaskProcess:
    """The worker itself with a pool of threads, each of its children with prefork.

    May be constructed before a fork: nothing is opened before `start`.
    """

    def __init__(self, container: Container) -> None:
        self._container = container
        self._file = HeartbeatFile(heartbeat_folder(container.settings()), self._stalled_seconds)
        self._repeaters: list[Repeater] = []
        self._fetched: dict[tuple[Any, ...], None] = {}  # messages that no thread has begun

    def start(self, threads: int) -> None:
        """Start the lifecycle and the heartbeat file; `threads` is how many receive hints."""
        self._container.celery_queue().receiving_threads = threads
        self._container.lifecycle().start()
        clock, sweep_seconds = self._container.clock(), self._container.settings().sweep_seconds
        self._repeaters = [
            Repeater("heartbeat file", self._file.write, HEARTBEAT_FILE_SECONDS, clock),
            Repeater("starter", self._start_due, sweep_seconds, clock),
        ]
        for repeater in self._repeaters:
            repeater.start()

    def note_fetched(self, message: tuple[Any, ...]) -> None:
        """Celery has fetched it, and a free thread will receive it; it may not be ours at all."""
        self._fetched[message] = None

    def receive(self, *message: Any) -> None:
        """Follow the hints of a message, in a thread of Celery's. Raises nothing."""
        self._fetched.pop(message, None)
        try:
            hints = to_hints(message)
        except ValueError as error:
            log.warning("a message with %d values is not of hints: %s", len(message), error)
            return
        self._container.celery_queue().receive(hints)

    def stop(self, drain_limit: timedelta) -> None:
        """Drain, release orders, make those of prefetched hints due, close the database.

        Blocks for `drain_limit` and some seconds.
        """
        lifecycle = self._container.lifecycle()
        lifecycle.drain(drain_limit)
        self._give_back_hints()
        lifecycle.close()
        for repeater in self._repeaters:
            repeater.stop(HEARTBEAT_FILE_SECONDS)
        self._file.remove()

    def _give_back_hints(self) -> None:
        """Make the orders of messages that no thread has begun due now: Celery forgets them.

        FollowHints does no more than that once a drain has begun.
        """
        for message in list(self._fetched):
            try:
                self._container.follow_hints()(to_hints(message))
            except RepositoryError as error:  # the next one would get it, too
                log.warning("some orders wait for their visibility timeout: %s", error)
                return
            except Exception as error:  # the message is not ours
                log.warning("message %r is not of hints: %s", message, error)

    def _start_due(self) -> None:
        """While the gate is narrow no hints are sent, nor followed."""
        if self._container.gate().is_narrow:
            self._container.dispatcher().start_due()

    def _stalled_seconds(self) -> float:
        return self._container.celery_queue().stalled_seconds()
