"""What is done inside a write transaction: lock, compare in Python, write in bulk.

The same steps on every database, for one call or for a group of them, through the driver's own
cursor: half the cost per row. Rows, history and counters change here and nowhere else.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, TypeVar

from sqlalchemy.engine.interfaces import DBAPICursor

from adapters.sql.calls import Add, Call, ClaimBatch, Reschedule, Result, Update
from adapters.sql.rows import event_to_row, from_us, to_row, to_us
from adapters.sql.statements import Statements
from domain.events import event_between
from domain.order import Order, OrderStatus, is_still
from domain.totals import Totals

T = TypeVar("T")

_State = tuple[OrderStatus, int, datetime | None]  # status, attempt and due_at
_AT_ONCE = 256  # rows in a statement: databases bound its parameters


def apply_calls(cursor: DBAPICursor, statements: Statements, calls: Sequence[Call]) -> list[Result]:
    """The result of each call, as if each had been alone and they had come in this order."""
    ids = sorted({order_id for call in calls for order_id in call.order_ids()})
    group = _Group(_lock(cursor, statements, ids))
    results = [
        [_claim_batch(cursor, statements, call)]
        if isinstance(call, ClaimBatch)
        else group.apply(call)
        for call in calls
    ]
    group.write(cursor, statements)
    return results


class _Group:
    """Works out in memory what the calls change, so that each sees those before it."""

    def __init__(self, stored: dict[str, _State]) -> None:
        self._stored = stored
        self._changes: list[tuple[Order | None, Order]] = []
        self._inserts: dict[str, Order] = {}
        self._updates: dict[str, Order] = {}
        self._deadlines: dict[str, datetime] = {}

    def apply(self, call: Add | Update | Reschedule) -> Result:
        match call:
            case Add(orders):
                return [order.order_id for order in orders if not self._add(order)]
            case Update(changes):
                return [self._update(old, new) for old, new in changes]
            case Reschedule(orders, due_at, unmoved):
                return [self._reschedule(order, due_at, unmoved) for order in orders]

    def _add(self, order: Order) -> bool:
        if order.order_id in self._stored:
            return False
        self._stored[order.order_id] = (order.status, order.attempt, order.due_at)
        self._inserts[order.order_id] = order
        self._changes.append((None, order))
        return True

    def _update(self, old: Order, new: Order) -> bool:
        state = self._stored.get(old.order_id)
        if state is None or not is_still(old, *state, new):
            return False
        self._stored[new.order_id] = (new.status, new.attempt, new.due_at)
        self._replace(new)
        self._deadlines.pop(new.order_id, None)
        self._changes.append((old, new))
        return True

    def _replace(self, new: Order) -> None:
        rows = self._inserts if new.order_id in self._inserts else self._updates
        rows[new.order_id] = new

    def _reschedule(self, order: Order, due_at: datetime, unmoved: bool) -> bool:
        status, attempt, stored_due_at = self._stored.get(order.order_id, (None, 0, None))
        if status is None or (status, attempt) != (order.status, order.attempt):
            return False
        if unmoved and stored_due_at != order.due_at:
            return False
        self._stored[order.order_id] = (status, attempt, due_at)
        self._deadlines[order.order_id] = due_at
        return True

    def write(self, cursor: DBAPICursor, statements: Statements) -> None:
        """History and counters say what the rows say, in other words."""
        _write(cursor, statements.insert_orders, map(to_row, self._inserts.values()))
        _write(cursor, statements.update_orders, map(to_row, self._updates.values()))
        ids_by_deadline: dict[datetime, list[str]] = {}
        for order_id, due_at in self._deadlines.items():
            ids_by_deadline.setdefault(due_at, []).append(order_id)
        for due_at, ids in ids_by_deadline.items():
            for some in _in_few_sizes(ids):
                cursor.execute(statements.move_deadlines(len(some)), (to_us(due_at), *some))
        if self._changes:
            events = (event_to_row(event_between(old, new)) for old, new in self._changes)
            _write(cursor, statements.insert_events, events)
            difference = (*Totals.of(self._changes).values(), 0)
            cursor.execute(statements.add_to_counters, difference)


def _lock(cursor: DBAPICursor, statements: Statements, ids: list[str]) -> dict[str, _State]:
    stored: dict[str, _State] = {}
    for some in _in_few_sizes(ids):
        cursor.execute(statements.lock_orders(len(some)), some)
        stored |= {
            order_id: (OrderStatus(status), attempt, from_us(due_at))
            for order_id, status, attempt, due_at in cursor.fetchall()
        }
    return stored


def _write(
    cursor: DBAPICursor, statement: Callable[[int], str], rows: Iterable[tuple[Any, ...]]
) -> None:
    for some in _in_few_sizes(list(rows)):
        cursor.execute(statement(len(some)), tuple(chain.from_iterable(some)))


def _in_few_sizes(things: list[T]) -> Iterator[list[T]]:
    """Pieces whose sizes are powers of two: few different statements to prepare and keep."""
    first = 0
    while first < len(things):
        size = min(_AT_ONCE, 1 << (len(things) - first).bit_length() - 1)
        yield things[first : first + size]
        first += size


def _claim_batch(cursor: DBAPICursor, statements: Statements, claim: ClaimBatch) -> bool:
    cursor.execute(statements.select_batch, (claim.batch_id,))
    if cursor.fetchone() is not None:
        return False
    cursor.execute(statements.insert_batch, (claim.batch_id, to_us(claim.at)))
    return True
