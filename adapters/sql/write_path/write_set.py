"""WriteSet: what a write transaction changes. Lock, compare in Python, write in bulk.

The same steps on every database, for one call or for a group of them, through the driver's own
cursor: half of SQLAlchemy's cost per row. Rows, history and counters change here and nowhere else.
"""

import random
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy.engine.interfaces import DBAPICursor

from adapters.sql.schema.batch_rows import batch_to_row, to_batch
from adapters.sql.schema.rows import (
    AnswerRow,
    event_to_row,
    from_us_or_none,
    order_to_row,
    to_order,
    to_status,
    to_us,
)
from adapters.sql.write_path.due_orders import DueOrders
from adapters.sql.write_path.many_rows import in_pieces
from adapters.sql.write_path.statements import Statements
from application.ports import Once
from domain.batch import Batch
from domain.change import Change
from domain.events import OrderEvent
from domain.fence import Version
from domain.order import Order
from domain.totals import Totals
from domain.transitions import OrderStatus


class WriteSet:
    """The calls of one transaction work on it in turn, so that each sees those before it.

    What becomes of orders is worked out in memory, and `write` sends all of it at the end. Calls
    about anything else use the transaction's cursor, and the statements, at once; if they write,
    they set `has_written`.
    """

    def __init__(self, cursor: DBAPICursor, statements: Statements) -> None:
        self.cursor = cursor
        self.statements = statements
        self._read: dict[str, Version] = {}  # as in the database
        self._stored: dict[str, Version] = {}  # as if all of this were written
        self.steps: list[tuple[Order | None, Order]] = []  # (old, new); old is None for a new order
        self.events: list[OrderEvent] = []
        self._inserts: dict[str, Order] = {}
        self._updates: dict[str, Order] = {}
        self._deadlines: dict[str, datetime] = {}
        self.has_written = False  # else a commit says nothing of whether writes go through
        self._answers: dict[str, AnswerRow] = {}
        self.last_batch: Batch | None = None  # the last to change, as it will be stored

    def lock(self, order_ids: Iterable[str]) -> None:
        """Lock the rows of these orders, in the order of their ids, and read their versions.

        To be called once, with all the orders that calls will ask for.
        """
        ids = sorted(set(order_ids))
        for some in in_pieces(ids, powers_of_two=self.statements.powers_of_two):
            self.cursor.execute(self.statements.lock_orders(len(some)), some)
            for order_id, status, seq, due_at in self.cursor.fetchall():
                version = Version(to_status(status), seq, from_us_or_none(due_at))
                self._read[order_id] = self._stored[order_id] = version

    def add(self, order: Order) -> bool:
        """Store a new order; False when its id is taken."""
        if order.order_id in self._stored:
            return False
        self._stored[order.order_id] = Version.of(order)
        self._inserts[order.order_id] = order
        self.steps.append((None, order))
        self.events.append(order.creation())
        return True

    def update(self, change: Change) -> bool:
        """Replace old by new; False when the fence refuses it."""
        new = change.new
        stored = self._stored.get(new.order_id)
        if stored is None or not stored.admits(change):
            return False
        self._stored[new.order_id] = Version.of(new)
        rows = self._inserts if new.order_id in self._inserts else self._updates
        rows[new.order_id] = new
        self._deadlines.pop(new.order_id, None)
        self.steps.append((change.old, new))
        self.events.append(change.event)
        return True

    def reschedule(self, order: Order, due_at: datetime, *, if_due_at_unchanged: bool) -> bool:
        """Move the order's deadline; False when the fence refuses it."""
        stored = self._stored.get(order.order_id)
        if stored is None or not stored.matches(order, if_due_at_unchanged=if_due_at_unchanged):
            return False
        self._stored[order.order_id] = stored._replace(due_at=due_at)
        self._deadlines[order.order_id] = due_at
        return True

    def changed(self) -> dict[str, Version]:
        """The orders that are not as they were read, or new, as they will be stored."""
        return {
            order_id: version
            for order_id, version in self._stored.items()
            if self._read.get(order_id) != version
        }

    def lock_due(self, due: DueOrders) -> list[Order]:
        """Lock Pending orders that are due, but for those that another transaction has locked.

        Those that this transaction has changed are passed over too; so as many more rows are read
        as there may be of them.
        """
        read = (self._read.get(order_id) for order_id in self.changed())
        passed_over = sum(version is not None and due.includes(version) for version in read)
        rows = due._replace(limit=due.limit + passed_over).fetch_rows(
            self._fetch, self.statements.lock_due, OrderStatus.PENDING
        )
        unchanged = []
        for order in map(to_order, rows):
            version = Version.of(order)
            self._read[order.order_id] = version
            if self._stored.setdefault(order.order_id, version) == version:
                unchanged.append(order)
        return unchanged[: due.limit]

    def check_unused(self, once: Once | None) -> bool:
        """Whether there is no answer yet for that key, if one is given."""
        if once is None:
            return True
        if once.key in self._answers:
            return False
        self.cursor.execute(self.statements.select_answer, (once.key,))
        return not self.cursor.fetchall()

    def keep(self, once: Once | None, result: Any) -> None:
        """Store the answer for that key, which is unused."""
        if once is not None:
            text = once.answer(result)
            self._answers[once.key] = AnswerRow(once.key, once.fingerprint, to_us(once.at), text)

    def lock_batch(self, batch_id: str) -> Batch | None:
        """The batch as stored, which nobody else changes until the transaction ends."""
        self.cursor.execute(self.statements.lock_batch, (batch_id,))
        rows = self.cursor.fetchall()
        return to_batch(rows[0]) if rows else None

    def insert_batch(self, batch: Batch) -> None:
        """Store one whose id is free."""
        self.cursor.execute(self.statements.insert_batch, batch_to_row(batch))
        self.last_batch, self.has_written = batch, True

    def update_batch(self, batch: Batch) -> None:
        """Store how far it is."""
        parameters = (batch.done, batch.taken, batch.batch_id)
        self.cursor.execute(self.statements.update_batch, parameters)
        self.last_batch, self.has_written = batch, True

    def write(self) -> None:
        """Send everything at once: rows, deadlines, events, and the counters' difference."""
        statements = self.statements
        if self._inserts:
            self._insert(statements.insert_orders, map(order_to_row, self._inserts.values()))
        if self._updates:
            self._insert(statements.update_orders, map(order_to_row, self._updates.values()))
        if self._deadlines:
            self._write_deadlines()
        for answer in self._answers.values():
            self.cursor.execute(statements.insert_answer, answer)
        if self.steps:
            self._insert(statements.insert_events, map(event_to_row, self.events))
            slot = random.randrange(statements.counter_slots)  # noqa: S311  # no secret
            difference = (*Totals.of(self.steps).values(), slot)
            self.cursor.execute(statements.add_to_counters, difference)
        self.has_written |= bool(self.steps or self._deadlines or self._answers)

    def _fetch(self, sql: str, parameters: tuple[Any, ...]) -> Iterable[Any]:
        self.cursor.execute(sql, parameters)
        return self.cursor.fetchall()

    def _insert(self, statement: Callable[[int], str], rows: Iterable[tuple[Any, ...]]) -> None:
        for some in in_pieces(list(rows), powers_of_two=self.statements.powers_of_two_inserted):
            self.cursor.execute(statement(len(some)), tuple(chain.from_iterable(some)))

    def _write_deadlines(self) -> None:
        ids_by_deadline: dict[datetime, list[str]] = {}
        for order_id, due_at in self._deadlines.items():
            ids_by_deadline.setdefault(due_at, []).append(order_id)
        for due_at, ids in ids_by_deadline.items():
            for some in in_pieces(ids, powers_of_two=self.statements.powers_of_two):
                statement = self.statements.move_deadlines(len(some))
                self.cursor.execute(statement, (to_us(due_at), *some))
