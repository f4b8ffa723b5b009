"""Workers that are threads, for processors that block."""

import logging
import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue

from adapters.in_process.workers import Report
from domain.order import Change, Order

log = logging.getLogger(__name__)


class ThreadWorkers:
    """A thread for each order that is worked on; they start when they are needed, and stay."""

    def __init__(self, work: Callable[[Order], Change], max_workers: int) -> None:
        self._work = work
        self._max_workers = max_workers
        self._threads = 0
        self._begun: SimpleQueue[tuple[Order, Report] | None] = SimpleQueue()

    def prepare(self, orders: int) -> int:
        while self._threads < min(orders, self._max_workers):
            try:
                start_thread(self._work_through, f"order_{self._threads}")
            except Exception:  # no more threads, or the interpreter is shutting down
                log.warning(
                    "cannot start a thread; %d workers are running", self._threads, exc_info=True
                )
                break
            self._threads += 1
        return self._threads

    def begin(self, orders: Sequence[Order], report: Report) -> None:
        for order in orders:
            self._begun.put((order, report))

    def stop(self) -> None:
        for _ in range(self._threads):
            self._begun.put(None)

    def _work_through(self) -> None:
        while (begun := self._begun.get()) is not None:
            order, report = begun
            try:
                outcome = self._work(order)
            except BaseException:  # the order is safe: it is due again once its lease ends
                log_unexpected(order)
                report([(order, None)])
            else:
                report([(order, outcome)])


def start_thread(run: Callable[[], None], name: str) -> threading.Thread:
    """A daemon, so that a processor that hangs cannot keep the process from its end.

    Raises RuntimeError when there are no more threads.
    """
    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread


def log_unexpected(order: Order) -> None:
    """In an `except` block: the order's attempt ended by an error that is not its processor's."""
    log.exception(
        "order %s: attempt %d ended by an unexpected error", order.order_id, order.attempt
    )
