"""OrderRepository on SQL: rows, history and counters, together in one transaction."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from adapters.sql.database import Database
from adapters.sql.schema.rows import MICROSECOND, to_order, to_us
from adapters.sql.write_path.call import CallOnNoOrder, CallOnOrders
from adapters.sql.write_path.claims import HoldDue, StartDue
from adapters.sql.write_path.due_floor import DueFloor
from adapters.sql.write_path.due_orders import DueOrders
from adapters.sql.write_path.many_rows import in_pieces
from adapters.sql.write_path.write_set import WriteSet
from application.ports import KeyUsed, Once
from domain.change import Change
from domain.order import Order
from domain.transitions import OrderStatus


class SqlOrderRepository:
    """Each write is a Call, defined below or in claims.py, for the database's group commit.

    Claims, and reads of what is due, each begin at a floor of their own.
    """

    def __init__(self, database: Database, floor: Callable[[], DueFloor] = DueFloor) -> None:
        self._database = database
        self._claims = floor()
        self._reads = {status: floor() for status in OrderStatus}

    def add(self, orders: Sequence[Order], once: Once | None = None) -> list[str]:
        return _unless_used(self._database.write(Add(orders, once)))

    def update(self, changes: Sequence[Change], once: Once | None = None) -> list[bool]:
        return _unless_used(self._database.write(Update(changes, once)))

    def start_due(
        self,
        changes: Sequence[Change],
        start: Callable[[Order], Change],
        *,
        now: datetime,
        horizon: datetime,
        limit: int,
        within_flow: bool = False,
    ) -> tuple[list[bool], list[Order]]:
        due = DueOrders(now, horizon, limit, self._claims.look(now))
        call = StartDue(changes, start, due, within_flow=within_flow)
        done, started, room = self._database.write(call)
        if room > 0:  # else nothing was looked for
            self._claims.note_claimed(due.look, now, room)
        return done, started

    def hold_due(
        self, until: datetime, *, now: datetime, horizon: datetime, limit: int
    ) -> list[Order]:
        due = DueOrders(now, horizon, limit, self._claims.look(now))
        held = self._database.write(HoldDue(until, due))
        self._claims.note_claimed(due.look, now, limit)
        return held

    def reschedule(
        self, orders: Sequence[Order], due_at: datetime, *, if_due_at_unchanged: bool = False
    ) -> list[bool]:
        return self._database.write(
            Reschedule(orders, due_at, if_due_at_unchanged=if_due_at_unchanged)
        )

    def probe(self, at: datetime) -> timedelta:
        return self._database.write(Probe(at))

    def get(self, order_id: str) -> Order | None:
        rows = self._database.fetch(self._database.statements.select_order, (order_id,))
        return to_order(rows[0]) if rows else None

    def get_many(self, order_ids: Sequence[str]) -> list[Order]:
        statements = self._database.statements
        pieces = in_pieces(sorted(set(order_ids)), powers_of_two=statements.powers_of_two)
        return [
            to_order(row)
            for ids in pieces
            for row in self._database.fetch(statements.select_orders(len(ids)), tuple(ids))
        ]

    def find_due(
        self, status: OrderStatus, *, now: datetime, horizon: datetime, limit: int
    ) -> list[Order]:
        statements, floor = self._database.statements, self._reads[status]
        due = DueOrders(now, horizon, limit, floor.look(now))
        with self._database.snapshot(background=True) as connection:
            rows = due.fetch_rows(connection.exec_driver_sql, statements.select_due, status)
        floor.note_read(due.look, now)
        return [to_order(row) for row in rows]


R = TypeVar("R")


def _unless_used(result: R | None) -> R:
    """The result of a call for a key: None, as an error would undo the calls beside it."""
    if result is None:
        raise KeyUsed
    return result


class Add(CallOnOrders):
    """OrderRepository.add; None when the key is used"""

    def __init__(self, orders: Sequence[Order], once: Once | None = None) -> None:
        super().__init__(orders)
        self._once = once

    def apply(self, write_set: WriteSet) -> list[str] | None:
        if not write_set.check_unused(self._once):
            return None
        taken = [order.order_id for order in self.orders if not write_set.add(order)]
        if len(taken) < len(self.orders):
            write_set.keep(self._once, taken)
        return taken


class Update(CallOnOrders):
    """OrderRepository.update; None when the key is used"""

    def __init__(self, changes: Sequence[Change], once: Once | None = None) -> None:
        super().__init__([change.old for change in changes])
        self._changes = changes
        self._once = once

    def apply(self, write_set: WriteSet) -> list[bool] | None:
        if not write_set.check_unused(self._once):
            return None
        done = [write_set.update(change) for change in self._changes]
        if any(done) or not self._changes:
            write_set.keep(self._once, done)
        return done


class Reschedule(CallOnOrders):
    """OrderRepository.reschedule"""

    def __init__(
        self, orders: Sequence[Order], due_at: datetime, *, if_due_at_unchanged: bool
    ) -> None:
        super().__init__(orders)
        self._due_at = due_at
        self._if_due_at_unchanged = if_due_at_unchanged

    def apply(self, write_set: WriteSet) -> list[bool]:
        return [
            write_set.reschedule(order, self._due_at, if_due_at_unchanged=self._if_due_at_unchanged)
            for order in self.orders
        ]


class Probe(CallOnNoOrder):
    """OrderRepository.probe; alone, so as not to keep the row that all processes write to."""

    is_alone = True

    def __init__(self, at: datetime) -> None:
        self._at = at

    def apply(self, write_set: WriteSet) -> timedelta:
        cursor, statements = write_set.cursor, write_set.statements
        cursor.execute(statements.probe, (to_us(self._at),))
        write_set.has_written = True
        cursor.execute(statements.select_leases)
        (leases,) = cursor.fetchall()
        return max(lease or 0 for lease in leases) * MICROSECOND
