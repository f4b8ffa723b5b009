"""OrderViews in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from adapters.memory.database import InMemoryDatabase
from domain.events import OrderEvent
from domain.totals import Totals
from domain.transitions import OrderStatus


class InMemoryOrderViews:
    """Reads under the database's lock."""

    def __init__(self, database: InMemoryDatabase) -> None:
        self._database = database

    def history(self, order_id: str) -> list[OrderEvent]:
        with self._database.lock:
            return list(self._database.history.get(order_id, ()))

    def totals(self) -> Totals:
        with self._database.lock:
            return self._database.totals

    def count_due_before(self, moment: datetime, order_id: str, most: int) -> int:
        with self._database.lock:
            pending = self._database.by_status[OrderStatus.PENDING].values()
            due = sum(
                order.due_at is not None and (order.due_at, order.order_id) < (moment, order_id)
                for order in pending
            )
        return min(due, most)

    @contextmanager
    def snapshot(self) -> Iterator["InMemorySnapshot"]:
        with self._database.lock:
            ids = {status: list(orders) for status, orders in self._database.by_status.items()}
            moment = InMemorySnapshot(self._database.totals, ids)
        yield moment


class InMemorySnapshot:
    """OrderSnapshot of copies."""

    def __init__(self, totals: Totals, ids: dict[OrderStatus, list[str]]) -> None:
        self._totals = totals
        self._ids = ids

    def totals(self) -> Totals:
        return self._totals

    def order_ids(self, status: OrderStatus) -> Iterator[str]:
        return iter(self._ids[status])
