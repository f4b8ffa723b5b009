"""The fence: which write to a stored order is let through, and which comes too late."""

from datetime import datetime
from typing import NamedTuple, Self

from domain.order import Change, Order
from domain.transitions import OrderStatus


class Version(NamedTuple):
    """What is compared of a stored order. No order is twice in one status with one attempt."""

    status: OrderStatus
    attempt: int
    due_at: datetime | None  # UTC

    @classmethod
    def of(cls, order: Order) -> Self:
        """The version that this order is."""
        return cls(order.status, order.attempt, order.due_at)

    def may_become(self, change: Change) -> bool:
        """Whether the stored order is still `change.old`, so that it may be replaced.

        One that expires it asks for the same deadline as well: a heartbeat may have moved it since
        it was read, and then nobody is silent.
        """
        return self.may_be_rescheduled(change.old, if_due_at_unchanged=change.if_due_at_unchanged)

    def may_be_rescheduled(self, order: Order, *, if_due_at_unchanged: bool) -> bool:
        """Whether the stored order is still `order`, and where that matters its deadline, too."""
        is_same = (self.status, self.attempt) == (order.status, order.attempt)
        return is_same and not (if_due_at_unchanged and self.due_at != order.due_at)
