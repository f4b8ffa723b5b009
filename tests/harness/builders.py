"""Orders for tests, with the specification's example as the default."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from application.ports import Clock
from application.processing.breaker import Breaker
from application.processing.gate import Gate
from application.processing.held_orders import HeldOrders
from domain.batch import Batch
from domain.order import Order
from domain.transitions import TRANSITIONS, OrderStatus

START = datetime(2025, 2, 21, 15, 0, 17, tzinfo=UTC)
LEASE = timedelta(seconds=15)


def a_batch(batch_id: str = "b7", total_entries: int | None = 3, *, now: datetime = START) -> Batch:
    """A batch that has no orders yet."""
    return Batch(batch_id=batch_id, total_entries=total_entries, claimed_at=now)


def an_order(
    order_id: str = "ORD003",
    *,
    user_id: int = 1,
    item_ids: tuple[int, ...] = (101, 102, 103),
    total_amount: Decimal = Decimal("59.99"),
    now: datetime = START,
    due_at: datetime | None = None,
    not_before: datetime | None = None,
) -> Order:
    """A Pending order, due at once unless `due_at` or `not_before` says when."""
    return Order.new(
        order_id=order_id,
        user_id=user_id,
        item_ids=item_ids,
        total_amount=total_amount,
        now=now,
        due_at=due_at or now,
        not_before=not_before,
    )


def a_breaker(clock: Clock) -> Breaker:
    """The breaker of a process that starts nothing."""
    return Breaker(Gate(), HeldOrders(), clock, lambda: None)


def order_body(order_id: str = "ORD003") -> dict[str, Any]:
    """What a client sends to create it."""
    return {"user_id": 1, "order_id": order_id, "item_ids": [101, 102, 103], "total_amount": 59.99}


def leads(before: OrderStatus, after: OrderStatus) -> bool:
    """Whether any step of the state machine leads from the one to the other."""
    return any(before in step.sources and step.target is after for step in TRANSITIONS.values())
