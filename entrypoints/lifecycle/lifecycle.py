"""Lifecycle: what one process does besides answering requests, from its start to its end."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from application.ports import ProcessingQueue, RepositoryError
from application.processing.held_orders import HeldOrders
from application.processing.watch_work import WatchWork
from entrypoints.lifecycle.repeater import Repeater

log = logging.getLogger(__name__)

NOT_GIVEN_BACK = "unfinished orders were not given back; they are due when their leases end"
JOIN_SECONDS = 1.0  # how long a stop waits for repeaters
RELEASE_SECONDS = 5.0  # how long a stop waits for the database; then leases give the orders back


class Lifecycle:
    """Start, drain, close: in this order, once per process, after any fork. Thread-safe.

    `drain` takes bounded time, whatever processors, database and broker do. A processor may still
    run after it; exits.py ends the process all the same.
    """

    def __init__(
        self,
        repeaters: Sequence[Repeater],
        queues: Sequence[ProcessingQueue],
        held_orders: HeldOrders,
        watch: WatchWork,
        release: Callable[[], None],
        close_store: Callable[[], None],
        drain_limit: timedelta,
    ) -> None:
        self._repeaters = repeaters
        self._queues = queues
        self._held = held_orders
        self._watch = watch
        self._release = release
        self._close_store = close_store
        self._drain_limit = drain_limit
        self._lock = threading.Lock()
        self._is_stopping = False
        self._finished: bool | None = None  # once it has drained

    def start(self) -> None:
        """Start all repeaters, in the order given; none if a drain came first. Call it once.

        Raises RuntimeError when there are no more threads; some may run by then.
        """
        with self._lock:
            if not self._is_stopping:
                for repeater in self._repeaters:
                    repeater.start()

    def problem(self) -> str | None:
        """Why this process should not be sent work; None while writes go through and work is done.

        Waits for nothing. A sweep begins with a write, so a sweep that succeeded shows that writes
        go through.
        """
        if self._is_stopping:
            return "the service is stopping"
        if self._watch.is_stuck:
            return "every worker has been busy with one order for too long, and others are waiting"
        counting = (each for each in self._repeaters if each.counts_for_readiness)
        return next(filter(None, (repeater.problem() for repeater in counting)), None)

    def drain(self, limit: timedelta | None = None) -> bool:
        """Take no more orders, wait for those that run, and give back what is unfinished.

        Returns whether nothing is left running. Takes up to `limit` (else the setting) and some
        seconds. It happens once: a second caller waits for the first and gets the same answer.
        """
        with self._lock:
            if self._finished is None:
                self._is_stopping = True
                self._finished = self._drain(self._drain_limit if limit is None else limit)
            return self._finished

    def close(self) -> None:
        """Close the database, after the drain and the last request. May be called again."""
        self._close_store()

    def _drain(self, limit: timedelta) -> bool:
        deadline = time.monotonic() + limit.total_seconds()
        self._held.close()
        for queue in self._queues:
            queue.close(timedelta(0))  # start nothing more, in any of them
        self._stop([each for each in self._repeaters if not each.runs_while_draining])
        finished = [queue.close(_until(deadline)) for queue in self._queues]
        self._stop([each for each in self._repeaters if each.runs_while_draining])
        releasing = threading.Thread(target=self._give_back, name="release", daemon=True)
        releasing.start()
        releasing.join(RELEASE_SECONDS)
        return all(finished)

    def _stop(self, repeaters: Sequence[Repeater]) -> None:
        """Stop them side by side: a longer list takes no longer."""
        deadline = time.monotonic() + JOIN_SECONDS
        for repeater in repeaters:
            repeater.ask_to_stop()
        for repeater in repeaters:
            repeater.stop(max(0.0, deadline - time.monotonic()))

    def _give_back(self) -> None:
        try:
            self._release()
        except RepositoryError:  # the store has logged it
            log.warning(NOT_GIVEN_BACK)
        except Exception:
            log.exception(NOT_GIVEN_BACK)


def _until(deadline: float) -> timedelta:
    return timedelta(seconds=max(0.0, deadline - time.monotonic()))
