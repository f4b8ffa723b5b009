"""What is done inside a write transaction: lock, compare in Python, write in bulk.

The same steps on every database, for one call or for a group of them, through the driver's own
cursor: half the cost per row. Rows, history and counters change here and nowhere else.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from sqlalchemy.engine.interfaces import DBAPICursor

from adapters.sql.batches import claim_batch, lock_batch, move_batch
from adapters.sql.schema.rows import (
    MICROSECOND,
    event_to_row,
    from_us,
    to_order,
    to_row,
    to_us,
)
from adapters.sql.write_path.calls import (
    Add,
    Call,
    ClaimBatch,
    FillBatch,
    PlaceEvents,
    Probe,
    Reschedule,
    Result,
    Update,
)
from adapters.sql.write_path.statements import Statements
from domain.batch import Batch
from domain.events import OrderEvent
from domain.fence import Version
from domain.order import Change, Order
from domain.totals import Totals
from domain.transitions import OrderStatus

_Step = tuple[Order | None, Order, OrderEvent]  # old, None when it is new


@dataclass(frozen=True, slots=True)
class Applied:
    """What a transaction did, and how to find out later whether it was committed."""

    results: list[Result]
    changes: list[_Step]
    batches: list[Batch]  # as they were left

    def is_stored(self, cursor: DBAPICursor, statements: Statements) -> bool:
        """Whether it was: all of it, or none. One that moved only deadlines may be repeated."""
        if self.batches:  # their row's lock first: a commit that is under way still holds it
            left = self.batches[-1]
            found = lock_batch(cursor, statements, left.batch_id)
            return (
                found is not None
                and found.claimed_at == left.claimed_at
                and found.done >= left.done
            )
        if self.changes:
            _, new, event = self.changes[0]
            return _has_made(cursor, statements, new, event)
        return False


def apply_calls(
    cursor: DBAPICursor,
    statements: Statements,
    calls: Sequence[Call],
    doubted: Applied | None = None,
) -> Applied:
    """The result of each call, as if each had been alone and they had come in this order.

    `doubted` is what an earlier transaction did for the same calls, whose commit went unanswered:
    where it turns out to be stored after all, it is the result, and nothing is done again.
    """
    ids = sorted({order_id for call in calls for order_id in call.order_ids()})
    group = _Group(_lock(cursor, statements, ids))
    if doubted is not None and doubted.is_stored(cursor, statements):  # its locks are gone by now
        return doubted
    results: list[Result] = []
    batches: list[Batch] = []
    for call in calls:
        match call:
            case ClaimBatch(batch):
                results.append([claim_batch(cursor, statements, batch)])
                if results[-1] == [batch]:
                    batches.append(batch)
            case FillBatch(batch, orders):
                if lock_batch(cursor, statements, batch.batch_id) != batch:
                    results.append(None)
                    continue
                taken = group.apply(Add(orders))
                assert taken is not None
                batches.append(batch.filled(len(orders), len(taken)))
                move_batch(cursor, statements, batches[-1])
                results.append(taken)
            case PlaceEvents(limit):
                results.append([_place_events(cursor, statements, limit)])
            case Probe(at):
                results.append([_probe(cursor, statements, at)])
            case _:
                results.append(group.apply(call))
    group.write(cursor, statements)
    return Applied(results, group.changes, batches)


class _Group:
    """Works out in memory what the calls change, so that each sees those before it."""

    def __init__(self, stored: dict[str, Version]) -> None:
        self._stored = stored
        self.changes: list[_Step] = []
        self._inserts: dict[str, Order] = {}
        self._updates: dict[str, Order] = {}
        self._deadlines: dict[str, datetime] = {}

    def apply(self, call: Add | Update | Reschedule) -> Result:
        match call:
            case Add(orders):
                return [order.order_id for order in orders if not self._add(order)]
            case Update(changes):
                return [self._update(change) for change in changes]
            case Reschedule(orders, due_at, unmoved):
                return [self._reschedule(order, due_at, unmoved) for order in orders]

    def _add(self, order: Order) -> bool:
        if order.order_id in self._stored:
            return False
        self._stored[order.order_id] = Version.of(order)
        self._inserts[order.order_id] = order
        self.changes.append((None, order, order.creation()))
        return True

    def _update(self, change: Change) -> bool:
        new = change.new
        stored = self._stored.get(new.order_id)
        if stored is None or not stored.may_become(change):
            return False
        self._stored[new.order_id] = Version.of(new)
        self._replace(new)
        self._deadlines.pop(new.order_id, None)
        self.changes.append(change)
        return True

    def _replace(self, new: Order) -> None:
        rows = self._inserts if new.order_id in self._inserts else self._updates
        rows[new.order_id] = new

    def _reschedule(self, order: Order, due_at: datetime, unmoved: bool) -> bool:
        stored = self._stored.get(order.order_id)
        if stored is None or not stored.may_be_rescheduled(order, unmoved=unmoved):
            return False
        self._stored[order.order_id] = stored._replace(due_at=due_at)
        self._deadlines[order.order_id] = due_at
        return True

    def write(self, cursor: DBAPICursor, statements: Statements) -> None:
        """History and counters say what the rows say, in other words."""
        new = map(to_row, self._inserts.values())
        _write(cursor, statements.insert_orders, statements.in_pieces(new))
        changed = map(to_row, self._updates.values())
        _write(cursor, statements.update_orders, statements.in_pieces(changed))
        ids_by_deadline: dict[datetime, list[str]] = {}
        for order_id, due_at in self._deadlines.items():
            ids_by_deadline.setdefault(due_at, []).append(order_id)
        for due_at, ids in ids_by_deadline.items():
            for some in statements.in_pieces(ids):
                cursor.execute(statements.move_deadlines(len(some)), (to_us(due_at), *some))
        if self.changes:
            events = (event_to_row(event) for _, _, event in self.changes)
            _write(cursor, statements.insert_events, statements.in_pieces(events))
            slot = random.randrange(statements.counter_slots)  # noqa: S311  # no secret
            steps = ((old, new) for old, new, _ in self.changes)
            difference = (*Totals.of(steps).values(), slot)
            cursor.execute(statements.add_to_counters, difference)


def _lock(cursor: DBAPICursor, statements: Statements, ids: list[str]) -> dict[str, Version]:
    stored: dict[str, Version] = {}
    for some in statements.in_pieces(ids):
        cursor.execute(statements.lock_orders(len(some)), some)
        stored |= {
            order_id: Version(OrderStatus(status), attempt, from_us(due_at))
            for order_id, status, attempt, due_at in cursor.fetchall()
        }
    return stored


def _write(
    cursor: DBAPICursor, statement: Callable[[int], str], pieces: Iterable[list[tuple[Any, ...]]]
) -> None:
    for rows in pieces:
        cursor.execute(statement(len(rows)), tuple(chain.from_iterable(rows)))


def _probe(cursor: DBAPICursor, statements: Statements, at: datetime) -> timedelta:
    cursor.execute(statements.probe, (to_us(at),))
    cursor.execute(statements.select_leases)
    (leases,) = cursor.fetchall()
    return max(lease or 0 for lease in leases) * MICROSECOND


def _place_events(cursor: DBAPICursor, statements: Statements, limit: int) -> bool:
    """In the order of their times, which is each order's own order as well."""
    cursor.execute(statements.lock_feed)  # so that places are given by one at a time
    ((last,),) = cursor.fetchall()
    cursor.execute(statements.select_unplaced, (limit,))
    unplaced = cursor.fetchall()
    if unplaced:
        cursor.executemany(
            statements.place_event,
            [(last + number, *key) for number, key in enumerate(unplaced, 1)],
        )
        cursor.execute(statements.move_feed, (last + len(unplaced),))
    return bool(unplaced)


def _has_made(cursor: DBAPICursor, statements: Statements, new: Order, event: OrderEvent) -> bool:
    """Whether this very change is in the history; two workers' starts may look alike there."""
    cursor.execute(statements.select_event, (new.order_id, new.seq))
    told = cursor.fetchone()
    if told is None or tuple(told) != event_to_row(event):
        return False
    cursor.execute(statements.select_order, (new.order_id,))
    rows = cursor.fetchall()
    stored = to_order(rows[0])
    return stored.seq != new.seq or stored.owner == new.owner
