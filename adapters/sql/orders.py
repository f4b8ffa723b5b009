"""OrderRepository on SQL: rows, history and counters, together in one transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from adapters.sql.database import Database
from adapters.sql.schema.rows import MICROSECOND, to_order, to_us
from adapters.sql.schema.tables import orders as table
from adapters.sql.write_path.call import CallOnNoOrder, CallOnOrders
from adapters.sql.write_path.statements import ORDER_COLUMNS
from adapters.sql.write_path.write_set import WriteSet
from domain.order import Change, Order
from domain.transitions import OrderStatus


class SqlOrderRepository:
    """Each write is a Call, defined below, for the database's group commit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, orders: Sequence[Order]) -> list[str]:
        return self._database.write(Add(orders))

    def update(self, changes: Sequence[Change]) -> list[bool]:
        return self._database.write(Update(changes))

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

    def find_due(
        self, status: OrderStatus, *, now: datetime, horizon: datetime, limit: int
    ) -> list[Order]:
        of_status = (
            select(*ORDER_COLUMNS).where(table.c.status == status.value).order_by(table.c.due_at)
        )
        with self._database.snapshot(background=True) as connection:
            overdue = of_status.where(table.c.due_at <= to_us(now)).limit(limit)
            rows = list(connection.execute(overdue))
            if len(rows) < limit:
                too_far = of_status.where(table.c.due_at > to_us(horizon))
                rows += connection.execute(too_far.limit(limit - len(rows)))
        return [to_order(row) for row in rows]


class Add(CallOnOrders):
    """OrderRepository.add"""

    def apply(self, write_set: WriteSet) -> list[str]:
        return [order.order_id for order in self.orders if not write_set.add(order)]


class Update(CallOnOrders):
    """OrderRepository.update"""

    def __init__(self, changes: Sequence[Change]) -> None:
        super().__init__([change.old for change in changes])
        self._changes = changes

    def apply(self, write_set: WriteSet) -> list[bool]:
        return [write_set.update(change) for change in self._changes]


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
        cursor.execute(statements.select_leases)
        (leases,) = cursor.fetchall()
        return max(lease or 0 for lease in leases) * MICROSECOND
