"""ProcessingQueue: how an order gets to a worker."""

from datetime import timedelta
from typing import Protocol

from domain.order import Order


class ProcessingQueue(Protocol):
    """Passes on hints that a Pending order can be started. It may lose or repeat them.

    Nothing here raises, and nothing but `close` blocks. The row in the database is the queue.
    """

    def submit(self, order: Order) -> bool:
        """Pass on a Pending order, which is stored already. False when there is no room for it.

        Returns True for an order that it holds already, and does nothing.
        """

    def free_slots(self) -> int:
        """How many more orders are welcome now; 0 once closed."""

    def close(self, grace: timedelta) -> bool:
        """Start no more orders, wait up to `grace` for those that run; True when all are done.

        After it nothing is accepted. May be called again.
        """
