"""OrderEvent: one line of an order's history."""

from datetime import datetime
from typing import NamedTuple

from domain.transitions import EventKind, OrderStatus


class OrderEvent(NamedTuple):
    """What happened to an order; an order's events are numbered from 1 without a gap."""

    order_id: str
    seq: int
    kind: EventKind
    status: OrderStatus  # after it
    attempt: int
    at: datetime  # UTC
    reason: str | None
