"""OrderEvent: one line of an order's history."""

from dataclasses import dataclass
from datetime import datetime

from domain.transitions import EventKind, OrderStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEvent:
    """What happened to an order; an order's events are numbered from 1 without a gap."""

    order_id: str
    seq: int
    kind: EventKind
    status: OrderStatus  # after it
    attempt: int
    at: datetime  # UTC
    reason: str | None
