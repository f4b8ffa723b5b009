"""The window of a dispatcher: the orders that it holds, and what is to be stored of them next."""

import threading
from collections import deque
from collections.abc import Callable, Sequence

from adapters.in_process.batch import AT_ONCE, Batch
from adapters.in_process.next_look import NextLook
from application.processing.advance_orders import Started
from application.processing.gate import Gate
from application.processing.held_orders import HeldOrders
from domain.change import Change
from domain.order import Order


class Window:
    """Twice the workers: one order for each to work on, and one to go on with.

    Callers ask free() before their commits and add after them; several may be in between, so it
    takes up to twice its size. `prepare` is called with a number of orders, under the lock of the
    window, and returns how many of them there are workers for. While the gate is narrow nothing
    waits here.

    For any thread.
    """

    def __init__(
        self,
        held_orders: HeldOrders,
        gate: Gate,
        max_workers: int,
        prepare: Callable[[int], int],
    ) -> None:
        self._held = held_orders
        self._gate = gate
        self._max_workers = max_workers
        self._prepare = prepare
        self._size = 2 * max_workers
        self._changed = threading.Condition(threading.Lock())
        self._waiting: deque[Order] = deque()
        self._next_look = NextLook()  # for due orders in the store
        self._outcomes: deque[Change] = deque()  # not stored yet
        self._processing = 0  # orders that are being started, or have no outcome stored
        self._in_doubt = False  # starts may be stored whose answer was lost: nothing else starts
        self._capacity = max_workers  # less while no more threads can be started
        self._closed = False

    def add(self, order: Order) -> bool:
        """As ProcessingQueue.submit."""
        with self._changed:
            if self._closed or self._gate.is_narrow or self._length() >= 2 * self._size:
                return False
            if not self._held.take(order):  # held already, or a stop has begun
                return not self._held.closed
            if not self._has_workers():
                self._held.drop(order)
                return False
            self._waiting.append(order)
            self._changed.notify_all()
            return True

    def expect_due(self) -> None:
        """Orders in the store may be due: batches have room for them, until one finds no more."""
        with self._changed:
            if not self._closed and self._has_workers():
                self._next_look.ask()
                self._changed.notify_all()

    def wait_for_room(self) -> None:
        """Block until there are free slots, or it is closed or takes none."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or self._gate.is_narrow or self._length() < self._size
            )

    def take_waiting(self) -> list[Order]:
        """Take out what has not begun."""
        with self._changed:
            waiting = [order for order in self._waiting if self._held.holds(order)]
            self._waiting.clear()
            self._changed.notify_all()
            return waiting

    def free(self) -> int:
        """How many orders more it is there for."""
        return 0 if self._closed else max(0, self._size - self._length())

    def wants_more(self) -> bool:
        """Whether it is less than half full."""
        return not self._closed and self._length() < self._size // 2

    def close(self, seconds: float) -> bool:
        """Start nothing more. Returns whether nothing was Processing any more in that time."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._next_look.forget()
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not self._processing, seconds)

    def next_batch(self) -> Batch | None:
        """Block until there is something to store. None once it is closed and all is stored."""
        with self._changed:
            while not self._has_something_to_store_or_is_over():
                self._changed.wait(self._next_look.seconds())
            if self._is_over():
                return None
            batch = self._choose()
            self._processing += batch.starts
            return batch

    def note_stored(self, batch: Batch, started: Started) -> None:
        """The batch is stored, and so many of its orders were started."""
        with self._changed:
            self._processing += len(started.orders) - batch.starts - len(batch.outcomes)
            if started.is_more_due and not self._closed:
                self._next_look.ask(started.pause_seconds)
            self._in_doubt = False
            self._changed.notify_all()

    def note_doubt(self) -> None:
        """Of a batch with starts nobody knows whether it is stored: a later one finds out."""
        with self._changed:
            self._in_doubt = True

    def is_in_doubt(self) -> bool:
        """Whether a batch is still needed, were it an empty one."""
        return self._in_doubt

    def give_up_starts(self, batch: Batch) -> None:
        """They are free, and due again once their leases end; due ones are, at the next look."""
        for order in batch.waiting:
            self._held.drop(order)
        with self._changed:
            self._processing -= batch.starts
            self._changed.notify_all()

    def add_outcomes(self, outcomes: Sequence[Change]) -> None:
        """Of orders that were started here, to be stored."""
        with self._changed:
            self._outcomes.extend(outcomes)
            self._changed.notify_all()

    def put_back(self, outcomes: Sequence[Change]) -> None:
        """They were not stored, and come before all others."""
        with self._changed:
            self._outcomes.extendleft(reversed(outcomes))

    def forget(self, order: Order) -> None:
        """It is processed no longer, and due again once its lease ends."""
        self._held.drop(order)
        with self._changed:
            self._processing -= 1
            self._changed.notify_all()

    def _length(self) -> int:
        return len(self._waiting) + self._processing

    def _has_workers(self) -> bool:
        """Whether somebody could work on an order more."""
        self._capacity = self._max_workers
        return self._prepare(min(self._length() + 1, self._max_workers)) > 0

    def _is_over(self) -> bool:
        return self._closed and not self._processing

    def _has_something_to_store_or_is_over(self) -> bool:
        may_start = self._waiting or self._next_look.is_time()
        has_room = self._processing < self._capacity
        must_store = self._outcomes or self._in_doubt
        return bool(must_store or (may_start and has_room) or self._is_over())

    def _choose(self) -> Batch:
        outcomes = [self._outcomes.popleft() for _ in range(min(AT_ONCE, len(self._outcomes)))]
        going_on = self._processing - len(outcomes)
        # Nobody knows how many are due: workers for twice as many each time that all were busy.
        wanted = going_on + max(len(self._waiting), going_on + 1)
        wanted = min(wanted, going_on + AT_ONCE, self._max_workers)
        prepared = self._prepare(wanted)
        if prepared < wanted:
            self._capacity = prepared
        room = 0 if self._in_doubt else min(prepared - going_on, AT_ONCE)
        if self._next_look.is_asked and room > 0:  # before those that wait here, which came later
            self._next_look.forget()
            return Batch(outcomes, [], room)
        return Batch(outcomes, self._take(room), 0)

    def _take(self, room: int) -> list[Order]:
        taken: list[Order] = []
        while self._waiting and len(taken) < room:
            order = self._waiting.popleft()
            if self._held.holds(order):
                taken.append(order)
        return taken
