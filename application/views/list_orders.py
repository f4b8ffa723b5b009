"""ListOrders: orders by filters, newest or oldest first, a page at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from application.ports import OrderFilter, OrderList
from application.views.cursor import Cursors
from domain.order import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """What is asked for; the next page by the same query with another cursor."""

    wanted: OrderFilter
    newest_first: bool = True
    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A page, and the cursor of the next one; None when there are no more orders."""

    orders: list[Order]
    next_cursor: str | None


class ListOrders:
    """Reads pages."""

    def __init__(self, order_list: OrderList) -> None:
        self._list = order_list
        self._key: Callable[[], bytes] = cache(order_list.cursor_key)

    def __call__(self, query: ListQuery) -> Listed:
        """A page, which may be short, or empty, although others follow.

        Callers keep `limit` from 1 to some hundreds. Raises WrongCursor and RepositoryUnavailable.
        """
        cursors = Cursors(self._key(), query.wanted, newest_first=query.newest_first)
        page = self._list.page(
            query.wanted,
            newest_first=query.newest_first,
            after=None if query.cursor is None else cursors.read(query.cursor),
            limit=query.limit,
        )
        return Listed(page.orders, None if page.next is None else cursors.write(page.next))
