"""ProcessingQueue in this process: one thread, the recorder, stores what others work out."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from adapters.in_process.batch import Batch
from adapters.in_process.thread_workers import start_thread
from adapters.in_process.window import Window
from adapters.in_process.workers import Finished, Workers
from application.ports import OutcomeUnknown, RepositoryError
from application.processing.advance_orders import Started
from application.processing.gate import Gate
from application.processing.held_orders import HeldOrders
from domain.change import Change
from domain.order import Order

log = logging.getLogger(__name__)

TRY_AGAIN_SECONDS = 0.5  # to store outcomes, while the store is away

Advance = Callable[[Sequence[Change], Sequence[Order], int], Started]


class Dispatcher:
    """Holds a bounded window of orders; the backlog stays in the database and costs no memory.

    The recorder stores what has gathered, outcomes and the starts of those that wait, by one call
    of `advance`, and gives the started ones to the workers, which only work. So an order costs a
    part of a commit and few waits for the GIL. A batch is what has gathered, and never a wait. At
    most `max_workers` orders are Processing at any time.

    `on_half_empty` is called when the window is less than half full. Threads start when they are
    needed.
    """

    def __init__(
        self,
        advance: Advance,
        workers: Workers,
        held_orders: HeldOrders,
        gate: Gate,
        max_workers: int,
        on_half_empty: Callable[[], None],
    ) -> None:
        self._advance = advance
        self._workers = workers
        self._window = Window(held_orders, gate, max_workers, self._prepare)
        self._on_half_empty = on_half_empty
        self._started = self._too_late = 0  # in all
        self._is_reported = False
        self._recorder: threading.Thread | None = None

    def submit(self, order: Order) -> bool:
        return self._window.add(order)

    def start_due(self) -> None:
        """Start what is due in the store, as far as there are workers, and go on until none is.

        Returns at once, and raises nothing.
        """
        self._window.expect_due()

    def wait_for_room(self) -> None:
        """Block until there are free slots, or it is closed, or the gate is narrow."""
        self._window.wait_for_room()

    def take_waiting(self) -> list[Order]:
        """Take out the orders that have not begun: the caller drops them from what is held."""
        return self._window.take_waiting()

    def free_slots(self) -> int:
        return self._window.free()

    def close(self, grace: timedelta) -> bool:
        is_done = self._window.close(grace.total_seconds())
        if not self._is_reported and (is_done or grace):  # a stop calls it without a grace first
            self._is_reported = True
            log.info(
                "%d orders were started here; %d starts came too late",
                self._started,
                self._too_late,
            )
        return is_done

    def _prepare(self, orders: int) -> int:
        """Start the recorder too; without one there is nobody to work for."""
        if self._recorder is None:
            try:
                self._recorder = start_thread(self._record, "recorder")
            except Exception:  # no more threads, or the interpreter is shutting down
                log.warning("cannot start the thread that records", exc_info=True)
                return 0
        return self._workers.prepare(orders)

    def _record(self) -> None:
        while True:
            try:
                batch = self._window.next_batch()
                if batch is None:
                    break
                self._store(batch)
            except BaseException:
                log.exception("the recorder failed, and goes on")
        self._workers.stop()

    def _store(self, batch: Batch) -> bool:
        """Whether the store answers; else the batch is to be stored later."""
        try:
            started = self._advance(*batch)
        except RepositoryError as error:  # which the store has logged
            log.debug("%d outcomes are not stored yet: %s", len(batch.outcomes), error)
            if batch.starts and isinstance(error, OutcomeUnknown):
                self._window.note_doubt()
            self._window.give_up_starts(batch)
            self._try_again_later(batch.outcomes)
            return False
        except BaseException:
            self._store_one_by_one(batch)
            return True
        self._window.note_stored(batch, started)
        self._started += len(started.orders)
        self._too_late += started.too_late
        self._workers.begin(started.orders, self._report)
        if self._window.wants_more():
            self._on_half_empty()
        return True

    def _store_one_by_one(self, batch: Batch) -> None:
        """In an `except` block, for a bug: one of them may be at fault, so each is tried alone."""
        alone = [Batch([outcome], [], 0) for outcome in batch.outcomes]
        alone += [Batch([], [order], 0) for order in batch.waiting]
        self._window.give_up_starts(batch._replace(waiting=[]))
        if len(alone) > 1 or (alone and batch.room):
            answers = True
            for one in alone:
                if answers:
                    answers = self._store(one)
                else:  # nor would it take this one; and after a lost answer nothing may start
                    self._window.put_back(one.outcomes)
                    self._window.give_up_starts(one)
            return
        orders = [*(outcome.old for outcome in batch.outcomes), *batch.waiting]
        log.exception("cannot store %s", [order.order_id for order in orders] or "due orders")
        for order in orders:  # it is safe, and due again once its lease ends
            self._window.forget(order)
        self._try_again_later([])

    def _try_again_later(self, outcomes: list[Change]) -> None:
        """The work is done, so their leases are worth extending until they are stored."""
        if outcomes or self._window.is_in_doubt():
            time.sleep(TRY_AGAIN_SECONDS)  # a store that is away wakes nobody when it is back
        self._window.put_back(outcomes)

    def _report(self, finished: Sequence[Finished]) -> None:
        self._window.add_outcomes([outcome for _, outcome in finished if outcome is not None])
        for order, outcome in finished:
            if outcome is None:
                self._window.forget(order)
