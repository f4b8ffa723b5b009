"""HeldOrders: the orders in flight in this process, queued or being worked on."""

import threading
from collections.abc import Callable, Sequence

from application.ports import RepositoryError
from domain.order import Order

AT_ONCE = 1_000  # orders in one call to the store, which others wait for


class HeldOrders:
    """At most one object for each order id. The heartbeat extends their leases. Thread-safe.

    Objects are compared by identity: an order that was read again is not the one held here.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, Order] = {}
        self.closed = False  # on a clean stop: nothing more is taken
        self._sealed = False  # at its end: orders taken before may not start either

    def take(self, order: Order) -> bool:
        """Begin to hold an order; False when its id is held already, or once closed."""
        with self._lock:
            if self.closed or order.order_id in self._held:
                return False
            self._held[order.order_id] = order
            return True

    def put(self, order: Order) -> bool:
        """Hold this order in place of what was held under its id; False once sealed.

        Allowed after close(): a start that is stored while a stop begins is waited for.
        """
        with self._lock:
            if not self._sealed:
                self._held[order.order_id] = order
            return not self._sealed

    def drop(self, order: Order) -> None:
        """Stop holding this object; another one with its id stays."""
        with self._lock:
            if self._held.get(order.order_id) is order:
                del self._held[order.order_id]

    def holds(self, order: Order) -> bool:
        """Whether this object itself is held."""
        return self._held.get(order.order_id) is order

    def __contains__(self, order_id: str) -> bool:
        return order_id in self._held

    def __len__(self) -> int:
        return len(self._held)

    def all(self) -> list[Order]:
        """What is held now."""
        with self._lock:
            return list(self._held.values())

    def close(self) -> None:
        """Take nothing more."""
        with self._lock:
            self.closed = True

    def seal(self) -> list[Order]:
        """Neither take nor put any more; returns what is held now, for whoever gives it back."""
        with self._lock:
            self.closed = self._sealed = True
            return list(self._held.values())


def write_in_parts(orders: Sequence[Order], write: Callable[[Sequence[Order]], None]) -> None:
    """Call `write` with AT_ONCE orders at a time: there may be tens of thousands.

    A part that fails keeps none of the others back; the first RepositoryError is raised at the end.
    """
    failure: RepositoryError | None = None
    for first in range(0, len(orders), AT_ONCE):
        try:
            write(orders[first : first + AT_ONCE])
        except RepositoryError as error:
            failure = failure or error
    if failure is not None:
        raise failure
