"""ProcessingQueue in this process: one thread, the recorder, stores what others work out."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import NamedTuple

from adapters.in_process.thread_workers import start_thread
from adapters.in_process.workers import Finished, Workers
from application.ports import OutcomeUnknown, RepositoryError
from application.processing.advance_orders import Started
from application.processing.held_orders import HeldOrders
from domain.order import Change, Order

log = logging.getLogger(__name__)

AT_ONCE = 100  # outcomes, and starts, in one call: creates wait for its transaction
TRY_AGAIN_SECONDS = 0.5  # to store outcomes, while the store is away

Advance = Callable[[Sequence[Change], Sequence[Order], int], Started]


class Batch(NamedTuple):
    """What the recorder stores in one call of `advance`."""

    outcomes: list[Change]
    waiting: list[Order]
    room: int  # for due orders, which it finds in the store

    @property
    def starts(self) -> int:
        """The most orders that it starts."""
        return len(self.waiting) + self.room


class Dispatcher:
    """Holds a bounded window of orders; the backlog stays in the database and costs no memory.

    The recorder stores what has gathered, outcomes and the starts of those that wait, by one call
    of `advance`, and gives the started ones to the workers, which only work. So an order costs a
    part of a commit and few waits for the GIL. A batch is what has gathered, and never a wait. At
    most `max_workers` orders are Processing at any time.

    The window is twice the workers: one order for each to work on, and one to go on with. Callers
    ask free_slots() before their commits and submit after them; several may be in between, so
    submit() takes up to twice the window. `on_half_empty` is called when the window is less than
    half full. Threads start when they are needed.
    """

    def __init__(
        self,
        advance: Advance,
        workers: Workers,
        held_orders: HeldOrders,
        max_workers: int,
        on_half_empty: Callable[[], None],
    ) -> None:
        self._advance = advance
        self._workers = workers
        self._held = held_orders
        self._max_workers = max_workers
        self._window = 2 * max_workers
        self._on_half_empty = on_half_empty
        self._changed = threading.Condition(threading.Lock())
        self._waiting: deque[Order] = deque()
        self._may_be_due = False  # orders in the store, for which there would be a worker
        self._outcomes: deque[Change] = deque()  # not stored yet
        self._processing = 0  # orders that are being started, or have no outcome stored
        self._in_doubt = False  # starts may be stored whose answer was lost: nothing else starts
        self._capacity = max_workers  # less while no more threads can be started
        self._started = self._too_late = 0  # in all
        self._is_reported = False
        self._recorder: threading.Thread | None = None
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

    def start_due(self) -> None:
        """Start what is due in the store, as far as there are workers, and go on until none is.

        Returns at once, and raises nothing.
        """
        with self._changed:
            if not self._closed and self._has_threads():
                self._may_be_due = True
                self._changed.notify_all()

    def wait_for_room(self) -> None:
        """Block until there are free slots, or it is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._length() < self._window)

    def free_slots(self) -> int:
        return 0 if self._closed else max(0, self._window - self._length())

    def close(self, grace: timedelta) -> bool:
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._may_be_due = False
            self._changed.notify_all()
            is_done = self._changed.wait_for(lambda: not self._processing, grace.total_seconds())
        if not self._is_reported and (is_done or grace):  # a stop calls it without a grace first
            self._is_reported = True
            log.info(
                "%d orders were started here; %d starts came too late",
                self._started,
                self._too_late,
            )
        return is_done

    def _length(self) -> int:
        return len(self._waiting) + self._processing

    def _has_threads(self) -> bool:
        """Whether there is a recorder, and somebody to work on an order more."""
        if self._recorder is None:
            try:
                self._recorder = start_thread(self._record, "recorder")
            except Exception:  # no more threads, or the interpreter is shutting down
                log.warning("cannot start the thread that records", exc_info=True)
                return False
        self._capacity = self._max_workers
        return self._workers.prepare(min(self._length() + 1, self._max_workers)) > 0

    def _record(self) -> None:
        while not self._is_over():
            try:
                with self._changed:
                    self._changed.wait_for(self._has_something_to_do)
                    batch = self._next_batch()
                    self._processing += batch.starts
                self._store(batch)
            except BaseException:
                log.exception("the recorder failed, and goes on")
        self._workers.stop()

    def _is_over(self) -> bool:
        return self._closed and not self._processing

    def _has_something_to_do(self) -> bool:
        may_start = self._waiting or self._may_be_due
        has_room = self._processing < self._capacity
        must_store = self._outcomes or self._in_doubt
        return bool(must_store or (may_start and has_room) or self._is_over())

    def _next_batch(self) -> Batch:
        outcomes = [self._outcomes.popleft() for _ in range(min(AT_ONCE, len(self._outcomes)))]
        going_on = self._processing - len(outcomes)
        # Nobody knows how many are due: workers for twice as many each time that all were busy.
        wanted = going_on + max(len(self._waiting), going_on + 1)
        wanted = min(wanted, going_on + AT_ONCE, self._max_workers)
        prepared = self._workers.prepare(wanted)
        if prepared < wanted:
            self._capacity = prepared
        room = 0 if self._in_doubt else min(prepared - going_on, AT_ONCE)
        if self._may_be_due and room > 0:  # before those that wait here, which came later
            self._may_be_due = False
            return Batch(outcomes, [], room)
        return Batch(outcomes, self._take(room), 0)

    def _take(self, room: int) -> list[Order]:
        taken: list[Order] = []
        while self._waiting and len(taken) < room:
            order = self._waiting.popleft()
            if self._held.holds(order):
                taken.append(order)
        return taken

    def _store(self, batch: Batch) -> None:
        try:
            started = self._advance(*batch)
        except RepositoryError as error:  # which the store has logged
            log.debug("%d outcomes are not stored yet: %s", len(batch.outcomes), error)
            self._in_doubt |= batch.starts > 0 and isinstance(error, OutcomeUnknown)
            self._give_up_starts(batch)
            self._keep(batch.outcomes)
            return
        except BaseException:
            self._store_one_by_one(batch)
            return
        with self._changed:
            self._processing += len(started.orders) - batch.starts - len(batch.outcomes)
            self._may_be_due |= started.is_more_due and not self._closed
            self._in_doubt = False
            self._changed.notify_all()
        self._started += len(started.orders)
        self._too_late += started.too_late
        self._workers.begin(started.orders, self._report)
        if not self._closed and self._length() < self._window // 2:
            self._on_half_empty()

    def _store_one_by_one(self, batch: Batch) -> None:
        """In an `except` block, for a bug: one of them may be at fault, so each is tried alone."""
        alone = [Batch([outcome], [], 0) for outcome in batch.outcomes]
        alone += [Batch([], [order], 0) for order in batch.waiting]
        self._give_up_starts(batch._replace(waiting=[]))
        if len(alone) > 1 or (alone and batch.room):
            for one in alone:
                self._store(one)
            return
        orders = [*(outcome.old for outcome in batch.outcomes), *batch.waiting]
        log.exception("cannot store %s", [order.order_id for order in orders] or "due orders")
        for order in orders:  # it is safe, and due again once its lease ends
            self._forget(order)

    def _give_up_starts(self, batch: Batch) -> None:
        """They are free, and due again once their leases end; due ones are, at the next look."""
        for order in batch.waiting:
            self._held.drop(order)
        with self._changed:
            self._processing -= batch.starts
            self._changed.notify_all()

    def _keep(self, outcomes: list[Change]) -> None:
        """To be stored in a moment: the work is done, so their leases are worth extending."""
        if outcomes or self._in_doubt:
            time.sleep(TRY_AGAIN_SECONDS)  # a store that is away wakes nobody when it is back
        with self._changed:
            self._outcomes.extendleft(reversed(outcomes))

    def _report(self, finished: Sequence[Finished]) -> None:
        with self._changed:
            self._outcomes.extend(outcome for _, outcome in finished if outcome is not None)
            self._changed.notify_all()
        for order, outcome in finished:
            if outcome is None:
                self._forget(order)

    def _forget(self, order: Order) -> None:
        """It is processed no longer, and due again once its lease ends."""
        self._held.drop(order)
        with self._changed:
            self._processing -= 1
            self._changed.notify_all()
