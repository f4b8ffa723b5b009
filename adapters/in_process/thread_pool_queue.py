"""ProcessingQueue on a pool of threads in this process."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from datetime import timedelta

from application.ports import RepositoryError
from application.processing.held_orders import HeldOrders
from domain.order import Order

log = logging.getLogger(__name__)


class ThreadPoolQueue:
    """Holds a bounded window of orders; the backlog stays in the database and costs no memory.

    The window is twice the workers: one order for each to work on, and one to go on with. A
    caller asks free_slots() before its commit and submits after it, so submit() takes up to twice
    the window. `on_half_empty` is called when the window is less than half full.

    Not a ThreadPoolExecutor: its workers cannot go on with the next order by themselves, and a
    thread that could not be started leaves its task behind. Threads start when they are needed.
    """

    def __init__(
        self,
        process: Callable[[Order, Callable[[], Order | None]], None],
        held_orders: HeldOrders,
        max_workers: int,
        on_half_empty: Callable[[], None],
    ) -> None:
        self._process = process
        self._held = held_orders
        self._max_workers = max_workers
        self._window = 2 * max_workers
        self._on_half_empty = on_half_empty
        self._changed = threading.Condition(threading.Lock())
        self._waiting: deque[Order] = deque()
        self._at_work = 0  # orders that worker threads are busy with
        self._threads = 0
        self._idle = 0  # those of them that wait and have not been woken yet
        self._closed = False

    def submit(self, order: Order) -> bool:
        with self._changed:
            if self._closed or self._length() >= 2 * self._window:
                return False
            if not self._held.take(order):  # held already, or a stop has begun
                return not self._held.closed
            self._waiting.append(order)
            if not self._wake_or_start_thread():
                self._waiting.remove(order)
                self._held.drop(order)
                return False
            return True

    def free_slots(self) -> int:
        return 0 if self._closed else max(0, self._window - self._length())

    def close(self, grace: timedelta) -> bool:
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
            return self._changed.wait_for(lambda: self._threads == 0, grace.total_seconds())

    def _length(self) -> int:
        return len(self._waiting) + self._at_work

    def _wake_or_start_thread(self) -> bool:
        if self._idle:
            self._idle -= 1
            self._changed.notify()
        elif self._threads < self._max_workers:
            number = self._threads
            # A daemon, so that a processor that hangs cannot keep the process from its end.
            worker = threading.Thread(target=self._work, name=f"order_{number}", daemon=True)
            try:
                worker.start()
            except Exception:  # no more threads, or the interpreter is shutting down
                log.warning(
                    "cannot start worker thread %d; %d are running", number, number, exc_info=True
                )
                return self._threads > 0
            self._threads += 1
        return True

    def _work(self) -> None:
        while (order := self._wait_for_order()) is not None:
            self._process_from(order)

    def _process_from(self, order: Order) -> None:
        """Work on the order, and on what waits behind it."""
        at_hand: Order | None = order
        last = order  # for the log: the one at hand when something was raised

        def next_order() -> Order | None:
            nonlocal at_hand, last
            if at_hand is not None:
                self._finish(at_hand)
            with self._changed:
                at_hand = self._take()
            last = at_hand or last
            return at_hand

        try:
            self._process(order, next_order)
        except RepositoryError as error:  # which the store reports itself
            log.debug("order %s: not started: %s", last.order_id, error)
        except BaseException:  # the order is safe: it is due again once its lease ends
            log.exception(
                "order %s: attempt %d ended by an unexpected error", last.order_id, last.attempt + 1
            )
        if at_hand is not None:
            self._finish(at_hand)

    def _wait_for_order(self) -> Order | None:
        with self._changed:
            while not self._closed:
                order = self._take()
                if order is not None:
                    return order
                self._idle += 1
                self._changed.wait()
            self._threads -= 1
            self._changed.notify_all()
            return None

    def _take(self) -> Order | None:
        while self._waiting:
            order = self._waiting.popleft()
            if self._held.holds(order):
                self._at_work += 1
                return order
        return None

    def _finish(self, order: Order) -> None:
        self._held.drop(order)
        with self._changed:
            self._at_work -= 1
            half_empty = self._length() < self._window // 2
        if half_empty and not self._closed:
            self._on_half_empty()
