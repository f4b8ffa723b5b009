"""OrderEvent: what happened between an old order and the new one."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.order import Order, OrderStatus


class EventKind(StrEnum):
    """What a line of an order's history says."""

    CREATED = "created"
    STARTED = "started"
    COMPLETED = "completed"
    ATTEMPT_FAILED = "attempt_failed"  # it will be tried again
    EXPIRED = "expired"  # its holder went silent; it will be tried again
    RELEASED = "released"  # its holder gave it back
    FAILED = "failed"  # it will not be tried again, unless an operator says so
    RETRIED = "retried"
    CANCELLED = "cancelled"


_BY_STATUS = {
    OrderStatus.PROCESSING: EventKind.STARTED,
    OrderStatus.COMPLETED: EventKind.COMPLETED,
    OrderStatus.FAILED: EventKind.FAILED,
    OrderStatus.CANCELLED: EventKind.CANCELLED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEvent:
    """One line of an order's history; an order's lines are numbered from 1 without a gap."""

    order_id: str
    seq: int
    kind: EventKind
    status: OrderStatus  # after it
    attempt: int
    at: datetime  # UTC
    reason: str | None


def event_between(old: Order | None, new: Order) -> OrderEvent:
    """The one event that turns `old` into `new`; `old` is None when the order is created."""
    return OrderEvent(
        order_id=new.order_id,
        seq=new.seq,
        kind=_BY_STATUS.get(new.status) or _kind_of_return(old, new),
        status=new.status,
        attempt=new.attempt,
        at=new.changed_at,
        reason=new.reason,
    )


def _kind_of_return(old: Order | None, new: Order) -> EventKind:
    if old is None:
        return EventKind.CREATED
    if old.status is OrderStatus.FAILED:
        return EventKind.RETRIED
    if new.crashes > old.crashes:
        return EventKind.EXPIRED
    if new.failures > old.failures:
        return EventKind.ATTEMPT_FAILED
    return EventKind.RELEASED
