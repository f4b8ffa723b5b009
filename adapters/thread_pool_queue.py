"""ProcessingQueue on a thread pool in this process."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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
        process: Callable[[Order, Callable[[], Order | None]], None],
        holdings: Holdings,
        max_workers: int,
        on_half_empty: Callable[[], None],
    ) -> None:
        self._process = process
        self._holdings = holdings
        self._max_workers = max_workers
        self._window = 2 * max_workers
        self._on_half_empty = on_half_empty
        self._executor = ThreadPoolExecutor(max_workers, thread_name_prefix="order")
        self._lock = threading.Lock()
        self._no_workers = threading.Condition(self._lock)
        self._workers = 0
        self._at_work = 0  # orders that a worker has at hand
        self._waiting: deque[Order] = deque()
        self._closed = False

    def submit(self, order: Order) -> bool:
        with self._lock:
            if self._closed or self._length() >= 2 * self._window:
                return False
            if not self._holdings.take(order):
                return True
            if self._workers < self._max_workers:
                try:
                    self._executor.submit(self._work)
                except RuntimeError:  # the interpreter is shutting down
                    self._holdings.drop(order)
                    return False
                self._workers += 1
            self._waiting.append(order)
            return True

    def free_slots(self) -> int:
        return 0 if self._closed else max(0, self._window - self._length())

    def close(self, grace: timedelta) -> bool:
        self._executor.shutdown(wait=False)
        with self._lock:
            self._closed = True
            self._waiting.clear()
            return self._no_workers.wait_for(lambda: self._workers == 0, grace.total_seconds())

    def _length(self) -> int:
        return len(self._waiting) + self._at_work

    def _work(self) -> None:
        while not self._leave():
            order = self._take()
            if order is not None:
                self._follow(order)

    def _follow(self, order: Order) -> None:
        """Work on the order, and on what waits behind it."""
        at_hand: Order | None = order

        def next_order() -> Order | None:
            nonlocal at_hand
            if at_hand is not None:
                self._let_go(at_hand)
            at_hand = self._take()
            return at_hand

        try:
            self._process(order, next_order)
        except BaseException:  # the order is safe: it is due again when nobody extends its lease
            broken = at_hand or order
            log.exception("order %s: attempt %d broke off", broken.order_id, broken.attempt + 1)
        finally:
            if at_hand is not None:
                self._let_go(at_hand)

    def _take(self) -> Order | None:
        with self._lock:
            while self._waiting:
                order = self._waiting.popleft()
                if self._holdings.holds(order):
                    self._at_work += 1
                    return order
        return None

    def _let_go(self, order: Order) -> None:
        self._holdings.drop(order)
        with self._lock:
            self._at_work -= 1
            half_empty = self._length() < self._window // 2
        if half_empty and not self._closed:
            self._on_half_empty()

    def _leave(self) -> bool:
        """Unless an order waits, this worker is gone."""
        with self._lock:
            if self._waiting:
                return False
            self._workers -= 1
            self._no_workers.notify_all()
            return True
