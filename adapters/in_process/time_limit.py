"""TimeLimit: gives up attempts that take too long, though nothing can end their threads."""

import threading
import time
from collections.abc import Callable

from adapters.in_process.workers import Report, log_unexpected
from domain.order import Change, Order


class Attempt:
    """One that runs in a thread; the thread ends it, or the limit does, and whoever is first."""

    def __init__(self, order: Order, report: Report, ends_at: float) -> None:
        self.order = order
        self.report = report
        self.ends_at = ends_at  # monotonic seconds


class TimeLimit:
    """`outcome` is what has come of an attempt that took longer than `seconds`.

    `on_late` is called before it is reported. One thread watches over all attempts.
    """

    def __init__(
        self, seconds: float, outcome: Callable[[Order], Change], on_late: Callable[[], None]
    ) -> None:
        self._seconds = seconds
        self._outcome = outcome
        self._on_late = on_late
        self._begun = threading.Condition(threading.Lock())
        self._running: set[Attempt] = set()

    def begin(self, order: Order, report: Report) -> Attempt:
        """The attempt begins now."""
        attempt = Attempt(order, report, time.monotonic() + self._seconds)
        with self._begun:
            self._running.add(attempt)
            if len(self._running) == 1:
                self._begun.notify()
        return attempt

    def end(self, attempt: Attempt) -> bool:
        """It has ended; False when that was too late, and it has been reported."""
        with self._begun:
            is_in_time = attempt in self._running
            self._running.discard(attempt)
            return is_in_time

    def watch(self) -> None:
        """For ever, in a thread of its own: report attempts that take too long."""
        while True:
            late = self._next_late()
            self._on_late()
            outcome: Change | None = None
            try:
                outcome = self._outcome(late.order)
            except BaseException:  # the order is safe: it is due again once its lease ends
                log_unexpected(late.order)
            late.report([(late.order, outcome)])

    def _next_late(self) -> Attempt:
        """Block until there is one, which has ended then."""
        with self._begun:
            while True:
                first = min(self._running, key=lambda attempt: attempt.ends_at, default=None)
                if first is None:
                    self._begun.wait()
                elif (seconds := first.ends_at - time.monotonic()) > 0:
                    self._begun.wait(seconds)
                else:
                    self._running.discard(first)
                    return first
