"""TimeLimit: gives up attempts that take too long, though nothing can end their threads."""

import logging
import threading
import time
from collections.abc import Callable

from adapters.in_process.workers import Report, log_unexpected
from domain.change import Change
from domain.order import Order

log = logging.getLogger(__name__)


class Attempt:
    """One that runs in a thread; the thread ends it, or the limit does, and whoever is first."""

    def __init__(self, order: Order, report: Report, ends_at: float) -> None:
        self.order = order
        self.report = report
        self.ends_at = ends_at  # monotonic seconds


class TimeLimit:
    """`outcome` is what has come of an attempt that took longer than `seconds`.

    While `most` threads are late, which is logged, no more attempts are given up: then orders stay
    with threads that hang, and show that. One thread watches over all attempts.
    """

    def __init__(self, seconds: float, outcome: Callable[[Order], Change], most: int) -> None:
        self._seconds = seconds
        self._outcome = outcome
        self._most = most
        self._changed = threading.Condition(threading.Lock())
        self._running: set[Attempt] = set()
        self._late: set[Attempt] = set()

    @property
    def late(self) -> int:
        """How many threads are busy with attempts that were given up."""
        return len(self._late)

    def begin(self, order: Order, report: Report) -> Attempt:
        """The attempt begins now."""
        attempt = Attempt(order, report, time.monotonic() + self._seconds)
        with self._changed:
            self._running.add(attempt)
            if len(self._running) == 1:  # else the watch knows when to look
                self._changed.notify()
        return attempt

    def end(self, attempt: Attempt) -> bool:
        """Its thread is free; False when that was too late, and the attempt has been reported."""
        with self._changed:
            is_in_time = attempt in self._running
            self._running.discard(attempt)
            self._late.discard(attempt)
            if not is_in_time:
                self._changed.notify()
            return is_in_time

    def watch(self) -> None:
        """For ever, in a thread of its own: report attempts that take too long."""
        while True:
            attempt = self._next_late()
            outcome: Change | None = None
            try:
                outcome = self._outcome(attempt.order)
            except BaseException:  # the order is safe: it is due again once its lease ends
                log_unexpected(attempt.order)
            attempt.report([(attempt.order, outcome)])

    def _next_late(self) -> Attempt:
        """Block until there is one."""
        with self._changed:
            while True:
                first = min(self._running, key=lambda attempt: attempt.ends_at, default=None)
                if first is None or len(self._late) >= self._most:
                    self._changed.wait()
                elif (seconds := first.ends_at - time.monotonic()) > 0:
                    self._changed.wait(seconds)
                else:
                    self._give_up(first)
                    return first

    def _give_up(self, attempt: Attempt) -> None:
        self._running.discard(attempt)
        self._late.add(attempt)
        if len(self._late) == self._most:
            log.warning(
                "%d workers are still busy with attempts that took too long; no more are given up",
                self._most,
            )
