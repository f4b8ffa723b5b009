"""OrderViews on SQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, func, select, union_all

from adapters.sql.database import Database
from adapters.sql.schema.columns import COUNTERS, EVENT_COLUMNS
from adapters.sql.schema.rows import to_event, to_us
from adapters.sql.schema.tables import order_events, orders
from adapters.sql.write_path.due_statements import along
from domain.events import OrderEvent
from domain.totals import Totals
from domain.transitions import OrderStatus

IDS_AT_ONCE = 10_000  # of a snapshot, in memory
_TOTALS = select(*(func.sum(column) for column in COUNTERS))


class SqlOrderViews:
    """Each method reads in one snapshot."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def history(self, order_id: str) -> list[OrderEvent]:
        of_order = select(*EVENT_COLUMNS).where(order_events.c.order_id == order_id)
        with self._database.snapshot() as connection:
            rows = connection.execute(of_order.order_by(order_events.c.seq))
            return [to_event(row) for row in rows]

    def totals(self) -> Totals:
        with self.snapshot() as snapshot:
            return snapshot.totals()

    def count_due_before(self, moment: datetime, order_id: str, most: int) -> int:
        pending = select(orders.c.order_id).where(orders.c.status == OrderStatus.PENDING.value)
        before = [
            along(due_at, some).limit(most)
            for due_at in (orders.c.due_at, orders.c.appointed_at)  # one of them is null
            for some in (
                pending.where(due_at < to_us(moment)),
                pending.where(due_at == to_us(moment), orders.c.order_id < order_id),
            )
        ]
        together = union_all(*(select(some.subquery()) for some in before))
        counted = select(func.count()).select_from(together.subquery())
        with self._database.snapshot() as connection:
            return min(connection.execute(counted).scalar_one(), most)

    @contextmanager
    def snapshot(self) -> Iterator["SqlOrderSnapshot"]:
        with self._database.snapshot() as connection:
            yield SqlOrderSnapshot(connection)


class SqlOrderSnapshot:
    """OrderSnapshot in the transaction of a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def totals(self) -> Totals:
        return Totals(*map(int, self._connection.execute(_TOTALS).one()))

    def order_ids(self, status: OrderStatus) -> Iterator[str]:
        ids = select(orders.c.order_id).where(orders.c.status == status.value)
        return iter(self._connection.scalars(ids.execution_options(yield_per=IDS_AT_ONCE)))
