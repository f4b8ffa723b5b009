"""Rehearse: create simulated orders at a steady rate, and watch how they fare."""

import math
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from application.orders.populate_orders import CHUNK, PopulateOrders, PopulateResult
from application.orders.simulated_order import order_id_of
from application.ports import Clock, OrderRepository, OrderViews
from domain.batch import Batch
from domain.totals import Totals

TICK_SECONDS = 0.1  # between two transactions, unless it is behind
LOOK_SECONDS = 1.0
WATCHED = 200  # orders at most, whose start has not been seen yet
RECENT = 1_000  # waits that count


class Progress(NamedTuple):
    """How it goes. Others may be creating orders in the same store; `done` and `in_line` say so."""

    created: int  # by this run
    done: int  # orders that came to an end since this run began
    in_line: int  # orders that are Pending
    p50: timedelta | None  # how long recent orders of the batch waited for their start
    p95: timedelta | None


class Rehearse:
    """PopulateOrders, by the clock."""

    def __init__(
        self, populate: PopulateOrders, repository: OrderRepository, views: OrderViews, clock: Clock
    ) -> None:
        self._populate = populate
        self._repository = repository
        self._views = views
        self._clock = clock

    def __call__(
        self,
        total_entries: int,
        per_second: float,
        on_look: Callable[[Progress], None],
        batch_id: str | None = None,
        seed: int | None = None,
    ) -> PopulateResult:
        """Create the batch, and return once its orders are done, or nothing is left to do.

        `on_look` gets the progress every second; what it raises ends the rehearsal. Otherwise as
        PopulateOrders.
        """
        watch = _Watch(self._repository, self._views, self._clock, per_second, on_look)
        result = self._populate(total_entries, batch_id, seed=seed, pace=watch.pace)
        watch.until_done(result.batch)
        return result


class _Watch:
    """Lets the time pass, and looks every second."""

    def __init__(
        self,
        repository: OrderRepository,
        views: OrderViews,
        clock: Clock,
        per_second: float,
        on_look: Callable[[Progress], None],
    ) -> None:
        self._repository = repository
        self._views = views
        self._clock = clock
        self._per_second = per_second
        self._on_look = on_look
        self._began = self._looked = clock.monotonic()
        self._ended_before = _ended(views.totals())
        self._first: Batch | None = None  # the batch before this run
        self._seen = 0  # up to this number, orders are watched or passed over
        self._watched: list[str] = []
        self._waits: deque[timedelta] = deque(maxlen=RECENT)

    def pace(self, batch: Batch) -> int:
        """How many are due, once some are."""
        if self._first is None:
            self._first, self._seen = batch, batch.done
        if self._due(batch, self._first) < CHUNK:  # otherwise it is behind, and catches up
            self._tick(batch)
        while self._due(batch, self._first) < 1:
            self._tick(batch)
        return min(self._due(batch, self._first), CHUNK)

    def until_done(self, batch: Batch) -> None:
        """Look until the orders of this run, or all orders, are done."""
        while not self._look(batch):
            self._clock.sleep(LOOK_SECONDS)

    def _due(self, batch: Batch, first: Batch) -> int:
        elapsed = self._clock.monotonic() - self._began
        return 1 + int(elapsed * self._per_second) - (batch.done - first.done)

    def _tick(self, batch: Batch) -> None:
        self._clock.sleep(TICK_SECONDS)
        if self._clock.monotonic() - self._looked >= LOOK_SECONDS:
            self._look(batch)

    def _look(self, batch: Batch) -> bool:
        self._looked = self._clock.monotonic()
        self._watch_new(batch)
        self._note_started()
        totals = self._views.totals()
        created = batch.created - (self._first or batch).created
        done = _ended(totals) - self._ended_before
        waits = sorted(self._waits)
        progress = Progress(created, done, totals.pending, _at(waits, 0.5), _at(waits, 0.95))
        self._on_look(progress)
        return done >= created or totals.pending + totals.processing == 0

    def _watch_new(self, batch: Batch) -> None:
        new = range(self._seen + 1, batch.done + 1)
        room = WATCHED - len(self._watched)
        if new and room:
            some = new[:: math.ceil(len(new) / room)]
            self._watched += [order_id_of(batch.batch_id, number) for number in some]
        self._seen = batch.done

    def _note_started(self) -> None:
        orders = self._repository.get_many(self._watched)
        waits = (order.pending_duration for order in orders)
        self._waits.extend(wait for wait in waits if wait is not None)
        self._watched = [
            order.order_id
            for order in orders
            if order.pending_duration is None and order.ended_at is None
        ]


def _ended(totals: Totals) -> int:
    return totals.completed + totals.failed + totals.cancelled


def _at(ordered: list[timedelta], part: float) -> timedelta | None:
    return ordered[math.ceil(part * len(ordered)) - 1] if ordered else None
