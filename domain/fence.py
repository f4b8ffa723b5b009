"""The fence: which write to a stored order is let through, and which comes too late."""

from datetime import datetime
from typing import NamedTuple, Self

from domain.change import Change
from domain.order import Order
from domain.transitions import OrderStatus


class Version(NamedTuple):
    """What is compared with a stored order: each transition makes a `seq` of its own."""

    status: OrderStatus
    seq: int
    due_at: datetime | None  # UTC

    @classmethod
    def of(cls, order: Order) -> Self:
        """The version of this order."""
        return cls(order.status, order.seq, order.due_at)

    def admits(self, change: Change) -> bool:
        """Whether the stored order is still `change.old`, so that it may be replaced.

        An expiry requires the same due_at as well: a heartbeat may have moved it since the order
        was read, and then its holder is not silent.
        """
        return self.matches(change.old, if_due_at_unchanged=change.if_due_at_unchanged)

    def matches(self, order: Order, *, if_due_at_unchanged: bool) -> bool:
        """Whether the stored order is still `order`; its due_at counts only if asked for."""
        is_same = (self.status, self.seq) == (order.status, order.seq)
        return is_same and not (if_due_at_unchanged and self.due_at != order.due_at)
