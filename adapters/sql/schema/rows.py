"""Orders and events as rows, and back."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from domain import rules
from domain.batch import Batch
from domain.events import OrderEvent
from domain.order import Order
from domain.transitions import EventKind, OrderStatus

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_us(moment: datetime | None) -> int | None:
    """Microseconds since 1970."""
    return None if moment is None else (moment - _EPOCH) // MICROSECOND


def from_us(us: int | None) -> datetime | None:
    """The moment, in UTC, so many microseconds after 1970 began."""
    return None if us is None else at_us(us)


def at_us(us: int) -> datetime:
    """The moment, where there is one."""
    return _EPOCH + timedelta(microseconds=us)


def to_row(order: Order) -> tuple[Any, ...]:
    """A value for every column of `orders`, in their order."""
    return (
        order.order_id,
        order.user_id,
        ",".join(map(str, order.item_ids)),
        int(order.total_amount.scaleb(rules.AMOUNT_DECIMALS)),
        to_us(order.created_at),
        order.status.value,
        order.seq,
        order.attempt,
        order.owner,
        order.failures,
        order.crashes,
        to_us(order.changed_at),
        to_us(order.due_at),
        to_us(order.processing_started_at),
        to_us(order.ended_at),
        order.reason,
    )


def to_order(row: Sequence[Any]) -> Order:
    """From a value for every column of `orders`, in their order."""
    (
        order_id,
        user_id,
        item_ids,
        total_cents,
        created_at,
        status,
        seq,
        attempt,
        owner,
        failures,
        crashes,
        changed_at,
        due_at,
        processing_started_at,
        ended_at,
        reason,
    ) = row
    return Order(
        order_id=order_id,
        user_id=user_id,
        item_ids=tuple(map(int, item_ids.split(","))),
        total_amount=Decimal(total_cents).scaleb(-rules.AMOUNT_DECIMALS),
        status=OrderStatus(status),
        seq=seq,
        attempt=attempt,
        owner=owner,
        failures=failures,
        crashes=crashes,
        created_at=at_us(created_at),
        changed_at=at_us(changed_at),
        due_at=from_us(due_at),
        processing_started_at=from_us(processing_started_at),
        ended_at=from_us(ended_at),
        reason=reason,
    )


def batch_to_row(batch: Batch) -> tuple[Any, ...]:
    """A value for every column of `order_batches`, in their order."""
    return (
        batch.batch_id,
        to_us(batch.claimed_at),
        batch.total_entries,
        batch.done,
        batch.taken,
    )


def to_batch(row: Sequence[Any]) -> Batch:
    """From a value for every column of `order_batches`, in their order."""
    batch_id, claimed_at, total_entries, done, taken = row
    return Batch(
        batch_id=batch_id,
        claimed_at=at_us(claimed_at),
        total_entries=total_entries,
        done=done or 0,
        taken=taken or 0,
    )


def event_to_row(event: OrderEvent) -> tuple[Any, ...]:
    """A value for every column of `order_events`, in their order."""
    return (
        event.order_id,
        event.seq,
        event.kind.value,
        event.status.value,
        event.attempt,
        to_us(event.at),
        event.reason,
    )


def to_event(row: Sequence[Any]) -> OrderEvent:
    """From a value for every column of `order_events`, in their order."""
    order_id, seq, kind, status, attempt, at, reason = row
    return OrderEvent(
        order_id=order_id,
        seq=seq,
        kind=EventKind(kind),
        status=OrderStatus(status),
        attempt=attempt,
        at=at_us(at),
        reason=reason,
    )
