"""The hot statements: written once for all databases, compiled once for each."""

import re
from collections.abc import Iterable, Iterator
from functools import cache, partial
from typing import Any, TypeVar

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Dialect,
    bindparam,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.sql.expression import ClauseElement

from adapters.sql.schema.tables import (
    order_batches,
    order_counters,
    order_events,
    order_feed,
    order_shared,
    orders,
)

T = TypeVar("T")

_AT_ONCE = 256  # rows in a statement

COUNTERS = [column for column in order_counters.columns if column.name != "slot"]
"""In the order of the fields of Totals."""

EVENT = [column for column in order_events.columns if column.name != "position"]
"""In the order of rows.py."""

_CHANGING = list(orders.columns)[list(orders.columns).index(orders.c.status) :]

# All of the index, so that every database reads just as many entries as it is asked for.
_FEED_ORDER = [order_events.c[name] for name in ("position", "at", "order_id", "seq")]
_NONE: ColumnElement[int] = literal_column("0")  # else SQLite's dialect adds a parameter


class Statements:
    """SQL text in one dialect; its parameters are positional, in the order of rows.py.

    Rows are written many to a statement: a driver that lets other threads run during each
    statement would else stand in line for the interpreter once for each row.
    """

    def __init__(self, dialect: Dialect, counter_slots: int = 1) -> None:
        self._dialect = dialect
        self.counter_slots = counter_slots  # how many rows share the counting
        self.select_order = self._compiled(
            select(orders).where(orders.c.order_id == bindparam("key"))
        )
        self._insert_order = self._insert(list(orders.columns))
        self._insert_event = self._insert(EVENT)
        self._update_order = self._insert_order + self._or_update()
        self.add_to_counters = self._compiled(
            update(order_counters)
            .where(order_counters.c.slot == bindparam("key"))
            .values({column: column + bindparam(f"more_{column.name}") for column in COUNTERS})
        )
        self.select_event = self._compiled(
            select(*EVENT)
            .where(order_events.c.order_id == bindparam("key"))
            .where(order_events.c.seq == bindparam("number"))
        )
        self.lock_batch = self._compiled(
            select(order_batches)
            .where(order_batches.c.batch_id == bindparam("key"))
            .with_for_update()
        )
        self.move_batch = self._compiled(
            update(order_batches)
            .values(done=bindparam("new_done"), taken=bindparam("new_taken"))
            .where(order_batches.c.batch_id == bindparam("key"))
        )
        self.insert_batch = self._insert(list(order_batches.columns))
        self.probe = self._compiled(update(order_shared).values(probed_at=bindparam("moment")))
        self.select_leases = self._compiled(
            select(order_shared.c.lease_us, order_shared.c.previous_lease_us)
        )
        self.select_feed = self._compiled(
            select(order_events.c.position, *EVENT)
            .where(order_events.c.position > bindparam("after"))
            .order_by(order_events.c.position)
            .limit(bindparam("most"))
            .offset(_NONE)
        )
        self.select_unplaced = self._compiled(
            select(order_events.c.order_id, order_events.c.seq)
            .where(order_events.c.position.is_(None))
            .order_by(*_FEED_ORDER)
            .limit(bindparam("most"))
            .offset(_NONE)
        )
        self.lock_feed = self._compiled(select(order_feed.c.last_position).with_for_update())
        self.place_event = self._compiled(
            update(order_events)
            .values(position=bindparam("place"))
            .where(order_events.c.order_id == bindparam("key"))
            .where(order_events.c.seq == bindparam("number"))
        )
        self.move_feed = self._compiled(update(order_feed).values(last_position=bindparam("last")))
        self.insert_orders = cache(partial(_with_rows, self._insert_order))
        self.insert_events = cache(partial(_with_rows, self._insert_event))
        self.update_orders = cache(partial(_with_rows, self._update_order))
        self.lock_orders = cache(self._lock_orders)
        self.move_deadlines = cache(self._move_deadlines)

    def in_pieces(self, things: Iterable[T]) -> Iterator[list[T]]:
        """As many at a time as one statement takes."""
        return in_pieces(things, powers_of_two=self._dialect.name == "sqlite")

    def _lock_orders(self, count: int) -> str:
        """Status, attempt and deadline of so many orders, locked where the database locks rows."""
        return self._compiled(
            select(orders.c.order_id, orders.c.status, orders.c.attempt, orders.c.due_at)
            .where(orders.c.order_id.in_(_ids(count)))
            .order_by(orders.c.order_id)
            .with_for_update()
        )

    def _move_deadlines(self, count: int) -> str:
        """One deadline, for so many orders."""
        return self._compiled(
            update(orders)
            .values(due_at=bindparam("new_due_at"))
            .where(orders.c.order_id.in_(_ids(count)))
        )

    def _insert(self, columns: list[Column[Any]]) -> str:
        return self._compiled(insert(columns[0].table), [column.name for column in columns])

    def _or_update(self) -> str:
        if self._dialect.name in {"mysql", "mariadb"}:
            given, on_conflict = "VALUES({})", "ON DUPLICATE KEY UPDATE"
        else:
            given, on_conflict = "excluded.{}", "ON CONFLICT (order_id) DO UPDATE SET"
        assignments = [f"{column.name} = {given.format(column.name)}" for column in _CHANGING]
        return f" {on_conflict} {', '.join(assignments)}"

    def _compiled(self, statement: ClauseElement, columns: list[str] | None = None) -> str:
        compiled: Any = statement.compile(dialect=self._dialect, column_keys=columns)
        return str(compiled)


def in_pieces(things: Iterable[T], *, powers_of_two: bool = False) -> Iterator[list[T]]:
    """As many at a time as one statement takes, for databases bound its parameters.

    In few different sizes where the database keeps prepared what it has seen before; elsewhere each
    piece more would be one more wait for an answer.
    """
    whole = list(things)
    first = 0
    while first < len(whole):
        size = min(_AT_ONCE, len(whole) - first)
        if powers_of_two:
            size = 1 << size.bit_length() - 1
        yield whole[first : first + size]
        first += size


def _ids(count: int) -> list[BindParameter[str]]:
    return [bindparam(f"id_{number}") for number in range(count)]


def _with_rows(statement: str, count: int) -> str:
    """The statement for one row, for so many rows."""
    head, row, tail = re.split(r"(?<= VALUES )(\([^)]*\))", statement, maxsplit=1)
    return head + ", ".join(_numbered_on(row, number) for number in range(count)) + tail


def _numbered_on(row: str, rows_before: int) -> str:
    """Where the database numbers its parameters: $1, $2 and so on."""
    shift = rows_before * row.count("$")
    return re.sub(r"\$(\d+)", lambda found: f"${int(found[1]) + shift}", row)
