"""The hot statements: written once for all databases, compiled once for each."""

from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    Dialect,
    bindparam,
    delete,
    func,
    null,
    select,
    update,
)
from sqlalchemy.sql.expression import ClauseElement

from adapters.sql.databases.kind import DatabaseKind
from adapters.sql.schema.columns import (
    ANSWER_COLUMNS,
    BATCH_COLUMNS,
    COUNTERS,
    EVENT_COLUMNS,
    ORDER_COLUMNS,
)
from adapters.sql.schema.rows import OrderRow
from adapters.sql.schema.tables import (
    kept_answers,
    order_batches,
    order_counters,
    order_events,
    order_feed,
    order_shared,
    orders,
)
from adapters.sql.write_path.due_statements import NO_OFFSET, DueStatements
from adapters.sql.write_path.flow_statements import FlowStatements
from adapters.sql.write_path.many_rows import insert_rows

_FIXED = {"order_id", "user_id", "item_ids", "total_cents", "created_at", "not_before"}
_CHANGING = [name for name in OrderRow._fields if name not in _FIXED]

# All of the index, so that every database reads just as many entries as it is asked for.
_FEED_ORDER = [order_events.c[name] for name in ("position", "at", "order_id", "seq")]


class Statements:
    """SQL text for one kind of database. Parameters are positional; columns as in rows.py.

    Rows are written many to a statement: the driver releases the GIL in each, so one for every row
    would be one wait for the GIL for every row.
    """

    def __init__(self, kind: DatabaseKind, dialect: Dialect) -> None:
        self._kind = kind
        self._dialect = dialect
        self.counter_slots = kind.counter_slots
        self.powers_of_two = kind.keeps_statements_prepared  # see in_pieces
        self.powers_of_two_inserted = kind.keeps_inserts_prepared
        self.select_order = self._compiled(
            select(*ORDER_COLUMNS).where(orders.c.order_id == bindparam("key"))
        )
        self.add_to_counters = self._compiled(  # parameters: the sums, then the slot
            update(order_counters)
            .where(order_counters.c.slot == bindparam("key"))
            .values({column: column + bindparam(f"more_{column.name}") for column in COUNTERS})
        )
        self.select_event = self._compiled(
            select(*EVENT_COLUMNS)
            .where(order_events.c.order_id == bindparam("key"))
            .where(order_events.c.seq == bindparam("number"))
        )
        self.lock_batch = self._compiled(
            select(*BATCH_COLUMNS)
            .where(order_batches.c.batch_id == bindparam("key"))
            .with_for_update()
        )
        self.update_batch = self._compiled(  # parameters: done, taken, batch_id
            update(order_batches)
            .values(done=bindparam("new_done"), taken=bindparam("new_taken"))
            .where(order_batches.c.batch_id == bindparam("key"))
        )
        self.insert_batch = insert_rows(BATCH_COLUMNS, 1, dialect)
        self.select_answer = self._compiled(
            select(*ANSWER_COLUMNS).where(kept_answers.c.key == bindparam("wanted"))
        )
        self.insert_answer = insert_rows(ANSWER_COLUMNS, 1, dialect)
        self.select_old_answers = self._compiled(
            select(kept_answers.c.key)
            .where(kept_answers.c.at < bindparam("before"))
            .order_by(kept_answers.c.at, kept_answers.c.key)
            .limit(bindparam("most"))
            .offset(NO_OFFSET)
        )
        self.delete_answer = self._compiled(
            delete(kept_answers).where(kept_answers.c.key == bindparam("wanted"))
        )
        self.probe = self._compiled(update(order_shared).values(probed_at=bindparam("moment")))
        self.select_leases = self._compiled(
            select(order_shared.c.lease_us, order_shared.c.previous_lease_us)
        )
        self.select_feed = self._compiled(
            select(order_events.c.position, *EVENT_COLUMNS)
            .where(order_events.c.position > bindparam("after"))
            .order_by(order_events.c.position)
            .limit(bindparam("most"))
            .offset(NO_OFFSET)
        )
        self.select_without_position = self._compiled(
            select(order_events.c.order_id, order_events.c.seq)
            .where(order_events.c.position.is_(None))
            .order_by(*_FEED_ORDER)
            .limit(bindparam("most"))
            .offset(NO_OFFSET)
        )
        self.lock_feed = self._compiled(select(order_feed.c.last_position).with_for_update())
        self.assign_position = self._compiled(  # parameters: position, order_id, seq
            update(order_events)
            .values(position=bindparam("new_position"))
            .where(order_events.c.order_id == bindparam("key"))
            .where(order_events.c.seq == bindparam("number"))
        )
        self.update_feed = self._compiled(
            update(order_feed).values(last_position=bindparam("last"))
        )
        self.flow = FlowStatements(kind, dialect)
        self.count_processing = self._compiled(select(func.sum(order_counters.c.processing)))
        self.select_due = DueStatements.reading(self._compiled)
        self.lock_due = DueStatements.locking(self._compiled)
        self.select_orders = cache(self._select_orders)
        self.insert_orders = cache(self._insert_orders)
        self.update_orders = cache(self._update_orders)
        self.insert_events = cache(self._insert_events)
        self.lock_orders = cache(self._lock_orders)
        self.move_deadlines = cache(self._move_deadlines)

    def _insert_orders(self, rows: int) -> str:
        return insert_rows(ORDER_COLUMNS, rows, self._dialect)

    def _update_orders(self, rows: int) -> str:
        """Changes existing rows, by an upsert: it takes many at once, where an UPDATE takes one."""
        return insert_rows(ORDER_COLUMNS, rows, self._dialect) + self._kind.upsert(
            "order_id", _CHANGING
        )

    def _insert_events(self, rows: int) -> str:
        return insert_rows(EVENT_COLUMNS, rows, self._dialect)

    def _select_orders(self, rows: int) -> str:
        return self._compiled(select(*ORDER_COLUMNS).where(orders.c.order_id.in_(_ids(rows))))

    def _lock_orders(self, rows: int) -> str:
        """Status, seq and deadline of so many orders, locked where the database locks rows."""
        due_at = func.coalesce(orders.c.due_at, orders.c.appointed_at)
        return self._compiled(
            select(orders.c.order_id, orders.c.status, orders.c.seq, due_at)
            .where(orders.c.order_id.in_(_ids(rows)))
            .order_by(orders.c.order_id)
            .with_for_update()
        )

    def _move_deadlines(self, rows: int) -> str:
        """One deadline, for so many orders."""
        return self._compiled(
            update(orders)
            .values(due_at=bindparam("new_due_at"), appointed_at=null())
            .where(orders.c.order_id.in_(_ids(rows)))
        )

    def _compiled(self, statement: ClauseElement) -> str:
        return str(statement.compile(dialect=self._dialect))


def _ids(count: int) -> list[BindParameter[Any]]:
    return [bindparam(f"id_{number}") for number in range(count)]
