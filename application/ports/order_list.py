"""OrderList: orders by the time of their creation, a page at a time."""

from datetime import datetime
from typing import NamedTuple, Protocol

from domain.order import Order
from domain.transitions import OrderStatus


class OrderFilter(NamedTuple):
    """Which orders are wanted: those that all of these are true of; None asks for nothing."""

    status: OrderStatus | None = None
    user_id: int | None = None
    created_after: datetime | None = None  # UTC; not at that moment
    created_before: datetime | None = None  # UTC; not at that moment
    id_prefix: str | None = None

    def includes(self, order: Order) -> bool:
        """Whether the order is one of them."""
        return (
            self.status in {None, order.status}
            and self.user_id in {None, order.user_id}
            and (self.created_after is None or order.created_at > self.created_after)
            and (self.created_before is None or order.created_at < self.created_before)
            and (self.id_prefix is None or order.order_id.startswith(self.id_prefix))
        )


class Place(NamedTuple):
    """Where an order stands among all: it never moves, whatever happens to the order."""

    created_at: datetime
    order_id: str


class Page(NamedTuple):
    """Some of the wanted orders, in their order."""

    orders: list[Order]
    next: Place | None  # what the next page comes after; None when there are no more orders


class OrderList(Protocol):
    """Lists what is committed.

    Every method may block on the store for up to ten seconds, may be called from any thread, and
    raises RepositoryUnavailable.
    """

    def page(
        self, wanted: OrderFilter, *, newest_first: bool, after: Place | None, limit: int
    ) -> Page:
        """At most `limit` of the wanted orders, from the first, or from behind a place.

        By creation, and those of one moment by their ids, in an order of the store's own. A page
        costs the same wherever it begins, and however many orders there are; so it may have fewer
        orders than `limit`, or none, although others follow. Orders that are added meanwhile
        neither repeat nor hide another one.
        """

    def cursor_key(self) -> bytes:
        """A secret that all processes on the store share, and that never changes."""
