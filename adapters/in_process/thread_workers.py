"""Workers that are threads, for processors that block."""

import logging
import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue

from adapters.in_process.time_limit import TimeLimit
from adapters.in_process.workers import Report, log_unexpected
from domain.order import Change, Order

log = logging.getLogger(__name__)


class ThreadWorkers:
    """A thread for each order that is worked on; they start when they are needed, and stay.

    With a limit, `late` is the outcome of an attempt that takes longer. Its thread is replaced, and
    ends once the processor returns, whose result is ignored. At most twice `max_workers` threads
    are there: once more than `max_workers` of them are late, fewer orders are worked on.
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
            self._limit = TimeLimit(limit_seconds, late, self._lose_one)
        self._is_watched = self._limit is None
        self._lock = threading.Lock()
        self._threads = 0
        self._late = 0  # of them
        self._begun: SimpleQueue[tuple[Order, Report] | None] = SimpleQueue()

    def prepare(self, orders: int) -> int:
        wanted = min(orders, self._max_workers)
        try:
            self._watch()
            while self._able() < wanted and self._threads < 2 * self._max_workers:
                start_thread(self._work_through, f"order_{self._threads}")
                with self._lock:
                    self._threads += 1
        except Exception:  # no more threads, or the interpreter is shutting down
            log.warning(
                "cannot start a thread; %d workers are running", self._able(), exc_info=True
            )
        return min(self._able(), self._max_workers) if self._is_watched else 0

    def begin(self, orders: Sequence[Order], report: Report) -> None:
        for order in orders:
            self._begun.put((order, report))

    def stop(self) -> None:
        for _ in range(self._threads):
            self._begun.put(None)

    def _able(self) -> int:
        with self._lock:
            return self._threads - self._late

    def _watch(self) -> None:
        if not self._is_watched and self._limit is not None:
            start_thread(self._limit.watch, "time limit")
            self._is_watched = True

    def _work_through(self) -> None:
        while (begun := self._begun.get()) is not None:
            order, report = begun
            attempt = self._limit and self._limit.begin(order, report)
            outcome: Change | None = None
            try:
                outcome = self._work(order)
            except BaseException:  # the order is safe: it is due again once its lease ends
                log_unexpected(order)
            if self._limit and attempt and not self._limit.end(attempt):
                self._leave()
                return
            report([(order, outcome)])

    def _lose_one(self) -> None:
        """A thread works on for nobody."""
        with self._lock:
            self._late += 1
            late = self._late
        if late == self._max_workers:
            log.warning(
                "%d workers are still busy with attempts that took too long; no more are replaced",
                late,
            )

    def _leave(self) -> None:
        """One that was late is done."""
        with self._lock:
            self._threads -= 1
            self._late -= 1


def start_thread(run: Callable[[], None], name: str) -> threading.Thread:
    """A daemon, so that a processor that hangs cannot keep the process from its end.

    Raises RuntimeError when there are no more threads.
    """
    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread
