"""OrderList in memory."""

import secrets

from adapters.memory.database import InMemoryDatabase
from application.ports import OrderFilter, Page, Place
from domain.order import Order


class InMemoryOrderList:
    """Sorts what it finds: memory is for tests and trials."""

    def __init__(self, database: InMemoryDatabase) -> None:
        self._database = database
        self._cursor_key = secrets.token_bytes(32)

    def page(
        self, wanted: OrderFilter, *, newest_first: bool, after: Place | None, limit: int
    ) -> Page:
        with self._database.lock:
            found = [
                order
                for orders in self._database.by_status.values()
                for order in orders.values()
                if wanted.includes(order)
                and (after is None or _is_behind(order, after, newest_first))
            ]
        found.sort(key=_place, reverse=newest_first)
        orders = found[:limit]
        return Page(orders, _place(orders[-1]) if len(found) > limit else None)

    def cursor_key(self) -> bytes:
        return self._cursor_key


def _place(order: Order) -> Place:
    return Place(order.created_at, order.order_id)


def _is_behind(order: Order, place: Place, newest_first: bool) -> bool:
    return _place(order) < place if newest_first else _place(order) > place
