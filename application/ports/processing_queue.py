"""ProcessingQueue: how an order gets to a worker."""

from datetime import timedelta
from typing import Protocol

from domain.order import Order


class ProcessingQueue(Protocol):
    """Passes on hints: that a Pending order can be worked on. It may lose or repeat them.

    Nothing here raises, and nothing but `close` blocks. The row in the database is the queue.
    """

    def submit(self, order: Order) -> bool:
        """Pass on a Pending order, which is stored already. False when there is no room for it.

        An order that is held already is ignored, and True.
        """

    def free_slots(self) -> int:
        """How many more orders are welcome now; 0 once closed."""

    def close(self, grace: timedelta) -> bool:
        """Start no more orders, wait up to `grace` for those that run; True when all are done."""
