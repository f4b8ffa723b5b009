"""OrderProcessor: the work that orders are about, and how it may end."""

from datetime import timedelta
from typing import Protocol

from domain.order import Order


class OrderProcessor(Protocol):
    """Does the work that an order asks for, outside of this service."""

    def process(self, order: Order) -> None:
        """Work on the order, at least once; (order_id) is the key to drop repeats by.

        Returns when the work is done. Raises RetryLater when it cannot be done now through no
        fault of the order, and OrderRejected when it can never be done; clients see their
        reasons. Anything else that is raised, SystemExit included, is a failed attempt, of which
        clients see the kind only. Blocks for as long as the work takes.
        """


class RetryLater(Exception):
    """The processor asks to see the order again after `wait`; counts as no failure."""

    reason = "later"  # of a subclass that leaves out what a subclass should do
    wait = timedelta(0)

    def __init__(self, reason: str, wait: timedelta) -> None:
        if not isinstance(wait, timedelta):
            raise TypeError(f"RetryLater wants a timedelta as wait, not {wait!r}")
        super().__init__(reason)
        self.reason = str(reason)
        self.wait = wait


class OrderRejected(Exception):
    """The processor will never do this order; it is Failed at once."""

    reason = "rejected"  # of a subclass that leaves out what a subclass should do

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = str(reason)
