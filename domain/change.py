"""Change: one step of one order."""

from typing import TYPE_CHECKING, NamedTuple

from domain.events import OrderEvent

if TYPE_CHECKING:
    from domain.order import Order


class Change(NamedTuple):
    """The order as it was read, the order after it, and the event."""

    old: "Order"
    new: "Order"
    event: OrderEvent
    if_due_at_unchanged: bool = False  # True: void once a heartbeat has moved the deadline
