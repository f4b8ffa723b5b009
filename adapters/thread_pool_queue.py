"""ProcessingQueue on a thread pool in this process."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta

from application.orders.holdings import Holdings
from domain.order import Order

log = logging.getLogger(__name__)


class ThreadPoolQueue:
    """Holds a bounded window of orders; the backlog stays in the database and costs no memory.

    The window is twice the workers: one order for each to work on, and one to go on with. A
    caller asks free_slots() before it commits and submits afterwards, so a submit may overdraw
    the window by as much again. `on_half_empty` is called when the window is less than half full.
    """

    def __init__(
        self,
        process: Callable[[Order], None],
        holdings: Holdings,
        max_workers: int,
        on_half_empty: Callable[[], None],
    ) -> None:
        self._process = process
        self._holdings = holdings
        self._window = 2 * max_workers
        self._on_half_empty = on_half_empty
        self._executor = ThreadPoolExecutor(max_workers, thread_name_prefix="order")
        self._lock = threading.Lock()
        self._futures: set[Future[None]] = set()
        self._closed = False

    def submit(self, order: Order) -> bool:
        with self._lock:
            if self._closed or len(self._futures) >= 2 * self._window:
                return False
            if not self._holdings.take(order):
                return True
            try:
                future = self._executor.submit(self._run, order)
            except RuntimeError:  # the interpreter is shutting down
                self._holdings.drop(order)
                return False
            self._futures.add(future)
        future.add_done_callback(self._forget)
        return True

    def free_slots(self) -> int:
        return 0 if self._closed else max(0, self._window - len(self._futures))

    def close(self, grace: timedelta) -> bool:
        with self._lock:
            self._closed = True
        self._executor.shutdown(wait=False, cancel_futures=True)
        with self._lock:  # what was cancelled has been forgotten; what is left is running
            running = set(self._futures)
        return not wait(running, timeout=grace.total_seconds()).not_done

    def _run(self, order: Order) -> None:
        if self._closed or not self._holdings.holds(order):
            return
        try:
            self._process(order)
        except Exception:  # the order is safe: it is due again when nobody extends its lease
            log.exception("order %s: attempt %d broke off", order.order_id, order.attempt + 1)
        self._holdings.drop(order)

    def _forget(self, future: Future[None]) -> None:
        with self._lock:
            self._futures.discard(future)
            half_empty = len(self._futures) < self._window // 2
        if half_empty and not self._closed:
            self._on_half_empty()
