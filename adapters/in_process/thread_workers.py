"""Workers that are threads, for processors that block."""

import logging
import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue

from adapters.in_process.time_limit import TimeLimit
from adapters.in_process.workers import Report, log_unexpected
from domain.change import Change
from domain.order import Order

log = logging.getLogger(__name__)


class ThreadWorkers:
    """A thread for each order that is worked on; they start when they are needed, and stay.

    With a limit, `late` is the outcome of an attempt that takes longer. Nothing can end its thread,
    which another one replaces until it is free again: there are up to twice `max_workers` threads.
    """

    def __init__(
        self,
        work: Callable[[Order], Change],
        max_workers: int,
        limit_seconds: float | None = None,
        late: Callable[[Order], Change] | None = None,
    ) -> None:
        self._work = work
        self._max_workers = max_workers
        self._limit: TimeLimit | None = None
        if limit_seconds is not None and late is not None:
            self._limit = TimeLimit(limit_seconds, late, most=max_workers)
        self._is_watched = self._limit is None
        self._threads = 0
        self._begun: SimpleQueue[tuple[Order, Report] | None] = SimpleQueue()

    def prepare(self, orders: int) -> int:
        try:
            self._watch()
            while self._free() < min(orders, self._max_workers):
                start_thread(self._work_through, f"order_{self._threads}")
                self._threads += 1
        except Exception:  # no more threads, or the interpreter is shutting down
            log.warning(
                "cannot start a thread; %d workers are running", self._threads, exc_info=True
            )
        return min(self._free(), self._max_workers) if self._is_watched else 0

    def begin(self, orders: Sequence[Order], report: Report) -> None:
        for order in orders:
            self._begun.put((order, report))

    def stop(self) -> None:
        for _ in range(self._threads):
            self._begun.put(None)

    def _free(self) -> int:
        """The threads that are not late."""
        return self._threads - (self._limit.late if self._limit else 0)

    def _watch(self) -> None:
        if self._limit and not self._is_watched:
            start_thread(self._limit.watch, "time limit")
            self._is_watched = True

    def _work_through(self) -> None:
        while (begun := self._begun.get()) is not None:
            order, report = begun
            attempt = self._limit.begin(order, report) if self._limit else None
            outcome: Change | None = None
            try:
                outcome = self._work(order)
            except BaseException:  # the order is safe: it is due again once its lease ends
                log_unexpected(order)
            if self._limit is None or attempt is None or self._limit.end(attempt):
                report([(order, outcome)])


def start_thread(run: Callable[[], None], name: str) -> threading.Thread:
    """A daemon, so that a processor that hangs cannot keep the process from its end.

    Raises RuntimeError when there are no more threads.
    """
    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread
