"""WatchOrders: tell those who wait for an order that it has changed."""

import threading
from collections.abc import Callable

from application.ports import OrderRepository
from domain.order import Order

AT_ONCE = 1_000  # orders in one read


class WatchOrders:
    """Looks at all orders that somebody waits for, at each call; whoever changed them.

    One read for all: a thousand who wait cost what one does, but for the rows. For any thread.
    """

    def __init__(self, repository: OrderRepository) -> None:
        self._repository = repository
        self._lock = threading.Lock()
        self._watches: dict[Callable[[], object], Order] = {}

    def add(self, order: Order, wake: Callable[[], object]) -> None:
        """Call `wake` at the first look that finds the order changed; it must not block."""
        with self._lock:
            self._watches[wake] = order

    def remove(self, wake: Callable[[], object]) -> None:
        """Forget it, called or not."""
        with self._lock:
            self._watches.pop(wake, None)

    def __len__(self) -> int:
        """How many wait."""
        return len(self._watches)

    def __call__(self) -> None:
        """One look, to be called several times a second. Raises RepositoryError."""
        with self._lock:
            watches = dict(self._watches)
        ids = list({order.order_id for order in watches.values()})
        for first in range(0, len(ids), AT_ONCE):
            found = self._repository.get_many(ids[first : first + AT_ONCE])
            versions = {order.order_id: order.seq for order in found}
            for wake, order in watches.items():
                if versions.get(order.order_id, order.seq) != order.seq:
                    self.remove(wake)
                    wake()
