"""OrderProcessor: the work that orders are about, and how it may end."""

from datetime import timedelta
from typing import Protocol

from domain.order import Order


class OrderProcessor(Protocol):
    """Does the work that an order asks for, outside of this service."""

    def process(self, order: Order) -> None:
        """Do the work of the order, perhaps twice: order.order_id is the idempotency key.

        Returns when the work is done. Raises RetryLater when it cannot be done now through no
        fault of the order, and OrderRejected when it can never be done; clients see their
        reasons. Anything else that is raised, SystemExit included, is a failed attempt, of which
        clients see only the exception's class name. Blocks for as long as the work takes.
        """


class AsyncOrderProcessor(Protocol):
    """An OrderProcessor that awaits: thousands of orders at once cost no thread each."""

    async def process(self, order: Order) -> None:
        """As OrderProcessor.process, but it must not block: others run on the same event loop."""


class RetryLater(Exception):
    """Try the order again after `wait`, or after 60 s if that is sooner; counts as no failure.

    Raises TypeError when `wait` is not a timedelta.
    """

    reason = "later"  # for a subclass that does not call super().__init__
    wait = timedelta(0)

    def __init__(self, reason: str, wait: timedelta) -> None:
        if not isinstance(wait, timedelta):
            raise TypeError(f"RetryLater: wait must be a timedelta, not {wait!r}")
        super().__init__(reason)
        self.reason = str(reason)
        self.wait = wait


class OrderRejected(Exception):
    """The processor will never do this order; it is Failed at once."""

    reason = "rejected"  # for a subclass that does not call super().__init__

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = str(reason)
