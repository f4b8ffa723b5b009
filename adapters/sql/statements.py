"""The hot statements: written once for all databases, compiled once for each."""

import re
from functools import cache, partial
from typing import Any

from sqlalchemy import BindParameter, Dialect, Table, bindparam, insert, select, update
from sqlalchemy.sql.expression import ClauseElement

from adapters.sql.tables import order_batches, order_counters, order_events, orders

COUNTERS = [column for column in order_counters.columns if column.name != "slot"]
"""In the order of the fields of Totals."""

_CHANGING = list(orders.columns)[list(orders.columns).index(orders.c.status) :]


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
        self._insert_order = self._insert(orders)
        self._insert_event = self._insert(order_events)
        self._update_order = self._insert_order + self._or_update()
        self.add_to_counters = self._compiled(
            update(order_counters)
            .where(order_counters.c.slot == bindparam("key"))
            .values({column: column + bindparam(f"more_{column.name}") for column in COUNTERS})
        )
        self.select_event = self._compiled(
            select(order_events)
            .where(order_events.c.order_id == bindparam("key"))
            .where(order_events.c.seq == bindparam("number"))
        )
        self.select_batch = self._compiled(
            select(order_batches.c.claimed_at).where(order_batches.c.batch_id == bindparam("key"))
        )
        self.insert_batch = self._insert(order_batches)
        self.insert_orders = cache(partial(_with_rows, self._insert_order))
        self.insert_events = cache(partial(_with_rows, self._insert_event))
        self.update_orders = cache(partial(_with_rows, self._update_order))
        self.lock_orders = cache(self._lock_orders)
        self.move_deadlines = cache(self._move_deadlines)

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

    def _insert(self, table: Table) -> str:
        return self._compiled(insert(table), [column.name for column in table.columns])

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
