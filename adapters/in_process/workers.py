"""Workers: what works on orders that were started, for the dispatcher."""

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from domain.change import Change
from domain.order import Order

log = logging.getLogger(__name__)

# An order and its outcome; None after an unexpected error, which has been logged.
Finished = tuple[Order, Change | None]
Report = Callable[[Sequence[Finished]], None]


class Workers(Protocol):
    """Work on many orders at once, in threads or on an event loop of their own.

    Nothing here blocks or raises.
    """

    def prepare(self, orders: int) -> int:
        """Get ready to work on so many at once. Returns how many it is ready for now."""

    def begin(self, orders: Sequence[Order], report: Report) -> None:
        """Work on these started orders too; report each from any thread."""

    def stop(self) -> None:
        """End, once all that was begun has been reported."""


def log_unexpected(order: Order) -> None:
    """In an `except` block: the order's attempt ended by an error that is not its processor's."""
    log.exception(
        "order %s: attempt %d ended by an unexpected error", order.order_id, order.attempt
    )
