"""ProcessingQueue in this process: one thread records, a pool of threads works."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import timedelta
from queue import SimpleQueue

from application.ports import RepositoryError
from application.processing.held_orders import HeldOrders
from domain.order import Change, Order

log = logging.getLogger(__name__)

TRY_AGAIN_SECONDS = 0.5  # to store outcomes, while the store is away

Advance = Callable[[Sequence[Change], Sequence[Order]], list[Order]]


class Dispatcher:
    """Holds a bounded window of orders; the backlog stays in the database and costs no memory.

    The recorder, a thread, stores what has gathered, the outcomes of started orders and the starts
    of those that wait, by one call of `advance`, and gives the started ones to workers, which only
    `work`. So an order costs a part of a commit and few waits for the GIL. A batch is what has
    gathered, and never a wait. At most `max_workers` orders are Processing at any time.

    The window is twice the workers: one order for each to work on, and one to go on with. Callers
    ask free_slots() before their commits and submit after them; several may be in between, so
    submit() takes up to twice the window. `on_half_empty` is called when the window is less than
    half full. Threads start when they are needed.
    """

    def __init__(
        self,
        advance: Advance,
        work: Callable[[Order], Change],
        held_orders: HeldOrders,
        max_workers: int,
        on_half_empty: Callable[[], None],
    ) -> None:
        self._advance = advance
        self._work = work
        self._held = held_orders
        self._max_workers = max_workers
        self._window = 2 * max_workers
        self._on_half_empty = on_half_empty
        self._changed = threading.Condition(threading.Lock())
        self._waiting: deque[Order] = deque()
        self._outcomes: list[Change] = []  # not stored yet
        self._processing = 0  # orders that are being started, or have no outcome stored
        self._started: SimpleQueue[Order | None] = SimpleQueue()  # for the workers
        self._recorder: threading.Thread | None = None
        self._workers = 0  # threads
        self._closed = False

    def submit(self, order: Order) -> bool:
        with self._changed:
            if self._closed or self._length() >= 2 * self._window:
                return False
            if not self._held.take(order):  # held already, or a stop has begun
                return not self._held.closed
            if not self._has_threads():
                self._held.drop(order)
                return False
            self._waiting.append(order)
            self._changed.notify_all()
            return True

    def free_slots(self) -> int:
        return 0 if self._closed else max(0, self._window - self._length())

    def close(self, grace: timedelta) -> bool:
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not self._processing, grace.total_seconds())

    def _length(self) -> int:
        return len(self._waiting) + self._processing

    def _has_threads(self) -> bool:
        """Start what is missing for one order more; whether there is a thread for each part."""
        try:
            if self._recorder is None:
                self._recorder = _start_thread(self._record, "recorder")
            if self._workers < min(self._max_workers, self._length() + 1):
                _start_thread(self._work_through, f"order_{self._workers}")
                self._workers += 1
        except Exception:  # no more threads, or the interpreter is shutting down
            log.warning(
                "cannot start a thread; %d workers are running", self._workers, exc_info=True
            )
        return self._recorder is not None and self._workers > 0

    def _record(self) -> None:
        while not self._is_over():
            with self._changed:
                self._changed.wait_for(self._has_something_to_do)
                outcomes, self._outcomes = self._outcomes, []
                waiting = self._take(self._workers - self._processing + len(outcomes))
                self._processing += len(waiting)
            self._store(outcomes, waiting)
        for _ in range(self._workers):
            self._started.put(None)

    def _is_over(self) -> bool:
        return self._closed and not self._processing

    def _has_something_to_do(self) -> bool:
        may_start = self._waiting and self._processing < self._workers
        return bool(self._outcomes or may_start or self._is_over())

    def _take(self, room: int) -> list[Order]:
        taken: list[Order] = []
        while self._waiting and len(taken) < room:
            order = self._waiting.popleft()
            if self._held.holds(order):
                taken.append(order)
        return taken

    def _store(self, outcomes: list[Change], waiting: list[Order]) -> None:
        try:
            started = self._advance(outcomes, waiting)
        except RepositoryError as error:  # which the store has logged
            log.debug("%d outcomes are not stored yet: %s", len(outcomes), error)
            self._forget(waiting)
            self._keep(outcomes)
            return
        except BaseException:
            if len(outcomes) + len(waiting) > 1:  # one of them is at fault: each on its own
                for outcome in outcomes:
                    self._store([outcome], [])
                for order in waiting:
                    self._store([], [order])
            else:  # the order is safe: it is due again once its lease ends
                orders = [*(outcome.old for outcome in outcomes), *waiting]
                log.exception("cannot store %s", [order.order_id for order in orders])
                self._forget(orders)
            return
        self._note(len(started) - len(waiting) - len(outcomes))
        for order in started:
            self._started.put(order)
        if not self._closed and self._length() < self._window // 2:
            self._on_half_empty()

    def _forget(self, orders: list[Order]) -> None:
        """They are processed no longer, and due again once their leases end."""
        for order in orders:
            self._held.drop(order)
        self._note(-len(orders))

    def _keep(self, outcomes: list[Change]) -> None:
        """To be stored in a moment: the work is done, so their leases are worth extending."""
        if outcomes:
            time.sleep(TRY_AGAIN_SECONDS)
        with self._changed:
            self._outcomes = outcomes + self._outcomes

    def _note(self, more_processing: int) -> None:
        with self._changed:
            self._processing += more_processing
            self._changed.notify_all()

    def _work_through(self) -> None:
        while (order := self._started.get()) is not None:
            try:
                outcome = self._work(order)
            except BaseException:  # the order is safe: it is due again once its lease ends
                log.exception(
                    "order %s: attempt %d ended by an unexpected error",
                    order.order_id,
                    order.attempt,
                )
                self._forget([order])
                continue
            with self._changed:
                self._outcomes.append(outcome)
                self._changed.notify_all()


def _start_thread(run: Callable[[], None], name: str) -> threading.Thread:
    """A daemon, so that a processor that hangs cannot keep the process from its end."""
    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread
