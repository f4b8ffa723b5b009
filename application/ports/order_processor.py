"""OrderProcessor: the work that orders are about, and how it may end."""

from datetime import timedelta
from typing import Protocol

from domain.order import Order


class OrderProcessor(Protocol):
    """Does the work that an order asks for, outside of this service."""

    def process(self, order: Order) -> "Accepted | None":
        """Do the work of the order, perhaps twice: order.order_id is the idempotency key.

        Returns None when the work is done, and Accepted when somebody else goes on with it and
        will say what came of it. Raises RetryLater when it cannot be done now through no fault of
        the order, OrderRejected when it can never be done, and AttemptFailed when it may be done
        the next time; clients see their reasons. Raises ProcessorUnavailable when nobody was
        there to do it. Anything else that is raised, SystemExit
        included, is a failed attempt, of which clients see only the exception's class name.
        Blocks for as long as the work takes. Where attempts have a time limit, one that takes
        longer has failed, and what comes of it later is ignored.
        """


class AsyncOrderProcessor(Protocol):
    """An OrderProcessor that awaits: thousands of orders at once cost no thread each."""

    async def process(self, order: Order) -> "Accepted | None":
        """As OrderProcessor.process, but it must not block: others run on the same event loop.

        It is cancelled when the attempt takes too long.
        """


class Accepted:
    """The work goes on elsewhere: no worker waits for the callback that names order and attempt.

    Without one `within` that time, or else ORDERS_CALLBACK_SECONDS, the attempt has failed. Raises
    TypeError when `within` is neither None nor a timedelta.
    """

    def __init__(self, within: timedelta | None = None) -> None:
        if not isinstance(within, timedelta | None):
            raise TypeError(f"Accepted: within must be a timedelta, not {within!r}")
        self.within = within


class RetryLater(Exception):
    """Try the order again after `wait`, or after 60 s if that is sooner; counts as no failure.

    Said again and again of one order, it is a back-off at least, which doubles up to 60 s. Raises
    TypeError when `wait` is not a timedelta.
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


class ProcessorUnavailable(Exception):
    """Whoever does the work could not be reached: the order has not come to them.

    Counts as no failure of the order. After some in a row, without an answer in between, the
    process starts no more orders but one at a time, until one gets through.
    """

    reason = "unavailable"  # for a subclass that does not call super().__init__

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = str(reason)


class AttemptFailed(Exception):
    """The attempt failed: the order is tried again after a back-off, or after `wait` if longer.

    As after any exception, but clients see the reason, and the log no traceback. `answered` is
    whether whoever does the work said so: True ends the row that ProcessorUnavailable speaks of,
    False counts towards it, and None, where nobody knows, does neither. Raises TypeError when
    `wait` is not a timedelta.
    """

    reason = "failed"  # for a subclass that does not call super().__init__
    wait = timedelta(0)
    answered: bool | None = None

    def __init__(
        self, reason: str, wait: timedelta = timedelta(0), *, answered: bool | None = None
    ) -> None:
        if not isinstance(wait, timedelta):
            raise TypeError(f"AttemptFailed: wait must be a timedelta, not {wait!r}")
        super().__init__(reason)
        self.reason = str(reason)
        self.wait = wait
        self.answered = answered
