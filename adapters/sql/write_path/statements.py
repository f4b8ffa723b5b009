"""The hot statements: written once for all databases, compiled once for each."""

from dataclasses import fields
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Dialect,
    Select,
    and_,
    bindparam,
    delete,
    func,
    literal_column,
    not_,
    null,
    select,
    update,
)
from sqlalchemy.sql.expression import ClauseElement

from adapters.sql.databases.kind import DatabaseKind
from adapters.sql.schema.flow_row import FlowRow
from adapters.sql.schema.rows import AnswerRow, BatchRow, EventRow, OrderRow
from adapters.sql.schema.tables import (
    kept_answers,
    order_batches,
    order_counters,
    order_events,
    order_feed,
    order_flow,
    order_shared,
    order_user_flow,
    orders,
)
from adapters.sql.write_path.many_rows import insert_rows
from domain.totals import Totals
from domain.transitions import OrderStatus

ORDER_COLUMNS = [orders.c[name] for name in OrderRow._fields]
EVENT_COLUMNS = [order_events.c[name] for name in EventRow._fields]
BATCH_COLUMNS = [order_batches.c[name] for name in BatchRow._fields]
ANSWER_COLUMNS = [kept_answers.c[name] for name in AnswerRow._fields]
FLOW_COLUMNS = [order_flow.c[name] for name in FlowRow._fields]
USER_FLOW_COLUMNS = [order_user_flow.c.user_id, order_user_flow.c.used_until]
COUNTERS = [order_counters.c[total.name] for total in fields(Totals)]

_FIXED = {"order_id", "user_id", "item_ids", "total_cents", "created_at", "not_before"}
_CHANGING = [name for name in OrderRow._fields if name not in _FIXED]

_DEADLINE = func.coalesce(orders.c.due_at, orders.c.appointed_at)

# All of the index, so that every database reads just as many entries as it is asked for.
_FEED_ORDER = [order_events.c[name] for name in ("position", "at", "order_id", "seq")]
# SQLite's dialect adds an OFFSET to each LIMIT, and with it a parameter, unless one is given.
_ZERO: ColumnElement[int] = literal_column("0")


def _longest_due(deadline: ColumnElement[int | None], index: str) -> Select[Any]:
    """MariaDB, unless told, reads all of a status, with a million rows that lack this deadline."""
    in_status = select(*ORDER_COLUMNS).where(orders.c.status == bindparam("status"))
    for dialect in ("mysql", "mariadb"):
        in_status = in_status.with_hint(orders, f"FORCE INDEX ({index})", dialect)
    return in_status.order_by(deadline).limit(bindparam("most")).offset(_ZERO)


_in_line = _longest_due(orders.c.due_at, "ix_orders_status_due_at")
_overdue = _in_line.where(
    orders.c.due_at <= bindparam("now"), orders.c.due_at >= bindparam("since")
)
# An order that an older version has parked has its appointment in due_at.
_is_parked = and_(
    orders.c.status == literal_column(f"'{OrderStatus.PROCESSING.value}'"),
    orders.c.owner.is_(None),
)
_misdated = _in_line.where(orders.c.due_at > bindparam("horizon"), not_(_is_parked))
_appointed = _longest_due(orders.c.appointed_at, "ix_orders_status_appointed_at").where(
    orders.c.appointed_at <= bindparam("now")
)


class DueStatements(NamedTuple):
    """Read orders in a status that are due; see DueOrders."""

    overdue: str  # parameters: status, now, since, limit
    appointed: str  # parameters: status, now, limit
    misdated: str  # parameters: status, horizon, limit


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
            .offset(_ZERO)
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
            .offset(_ZERO)
        )
        self.select_without_position = self._compiled(
            select(order_events.c.order_id, order_events.c.seq)
            .where(order_events.c.position.is_(None))
            .order_by(*_FEED_ORDER)
            .limit(bindparam("most"))
            .offset(_ZERO)
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
        self.select_flow = self._compiled(select(*FLOW_COLUMNS))
        self.lock_flow = self._compiled(select(*FLOW_COLUMNS).with_for_update())
        self.update_flow = self._compiled(  # parameters: all columns
            update(order_flow).values(
                {column: bindparam(f"new_{column.name}") for column in FLOW_COLUMNS}
            )
        )
        self.count_by_user = self._compiled(  # parameter: status
            select(orders.c.user_id, func.count())
            .where(orders.c.status == bindparam("wanted"))
            .group_by(orders.c.user_id)
        )
        self.delete_user_flow = self._compiled(
            delete(order_user_flow).where(order_user_flow.c.used_until <= bindparam("before"))
        )
        self.count_processing = self._compiled(select(func.sum(order_counters.c.processing)))
        due = (_overdue, _appointed, _misdated)
        self.select_due = DueStatements(*map(self._compiled, due))
        self.lock_due = DueStatements(
            *(self._compiled(some.with_for_update(skip_locked=True)) for some in due)
        )
        self.select_orders = cache(self._select_orders)
        self.insert_orders = cache(self._insert_orders)
        self.update_orders = cache(self._update_orders)
        self.insert_events = cache(self._insert_events)
        self.lock_orders = cache(self._lock_orders)
        self.move_deadlines = cache(self._move_deadlines)
        self.select_user_flow = cache(self._select_user_flow)
        self.keep_user_flow = cache(self._keep_user_flow)

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
        return self._compiled(
            select(orders.c.order_id, orders.c.status, orders.c.seq, _DEADLINE)
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

    def _select_user_flow(self, rows: int) -> str:
        wanted = order_user_flow.c.user_id.in_(_ids(rows))
        return self._compiled(select(*USER_FLOW_COLUMNS).where(wanted))

    def _keep_user_flow(self, rows: int) -> str:
        return insert_rows(USER_FLOW_COLUMNS, rows, self._dialect) + self._kind.upsert(
            "user_id", ["used_until"]
        )

    def _compiled(self, statement: ClauseElement) -> str:
        return str(statement.compile(dialect=self._dialect))


def _ids(count: int) -> list[BindParameter[Any]]:
    return [bindparam(f"id_{number}") for number in range(count)]
