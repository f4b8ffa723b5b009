"""Orders and events as rows, and back; and kept answers as rows.

A row is a tuple with a name for each column. The order of its fields is that of the columns in
every statement; it is written down here alone.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from domain import rules
from domain.events import Actor, OrderEvent
from domain.order import Order
from domain.transitions import EventKind, OrderStatus

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
_STATUSES = {status.value: status for status in OrderStatus}


def to_us(moment: datetime) -> int:
    """Microseconds since 1970, of a moment that knows its offset from UTC."""
    return (moment - _EPOCH) // MICROSECOND


def from_us(us: int) -> datetime:
    """The moment, in UTC, so many microseconds after 1970 began."""
    return _EPOCH + us * MICROSECOND  # in half the time of timedelta(microseconds=us)


# The next two repeat the formulas: they run three times for each row, and a call costs more.
def to_us_or_none(moment: datetime | None) -> int | None:
    """Microseconds since 1970, where there is a moment."""
    return None if moment is None else (moment - _EPOCH) // MICROSECOND


def from_us_or_none(us: int | None) -> datetime | None:
    """The moment, where there is one."""
    return None if us is None else _EPOCH + us * MICROSECOND


def to_status(text: str) -> OrderStatus:
    """The status as stored; in a fifth of the time of OrderStatus(text)."""
    return _STATUSES[text]


class OrderRow(NamedTuple):
    """A row of `orders`; times are in microseconds since 1970.

    A deadline that is an appointment is in `appointed_at`, and `due_at` is null then: a look for
    deadlines that only a wrong clock can have set need not step over millions that are right.
    """

    order_id: str
    user_id: int
    item_ids: str  # "101,102,103"
    total_cents: int
    created_at: int
    status: str
    seq: int
    attempt: int
    owner: str | None
    failures: int
    crashes: int
    changed_at: int
    due_at: int | None
    processing_started_at: int | None
    ended_at: int | None
    reason: str | None
    not_before: int | None
    appointed_at: int | None


class EventRow(NamedTuple):
    """A row of `order_events`, but for its position in the feed."""

    order_id: str
    seq: int
    kind: str
    status: str
    attempt: int
    at: int
    reason: str | None
    actor: str | None


class AnswerRow(NamedTuple):
    """A row of `kept_answers`."""

    key: str
    fingerprint: str
    at: int
    answer: str


def order_to_row(order: Order) -> OrderRow:
    """The order as it is stored."""
    due_at = to_us_or_none(order.due_at)
    has_appointment = order.has_appointment
    return OrderRow(  # by position, which takes 0.7 of the time: this is the hottest of its lines
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
        None if has_appointment else due_at,
        to_us_or_none(order.processing_started_at),
        to_us_or_none(order.ended_at),
        order.reason,
        to_us_or_none(order.not_before),
        due_at if has_appointment else None,
    )


def to_order(values: Iterable[Any]) -> Order:
    """The order in a row, whose values are in the order of OrderRow's fields."""
    row = OrderRow(*values)
    due_at = row.appointed_at if row.due_at is None else row.due_at
    return Order(
        order_id=row.order_id,
        user_id=row.user_id,
        item_ids=tuple(map(int, row.item_ids.split(","))),
        total_amount=row.total_cents * rules.CENT,
        created_at=from_us(row.created_at),
        status=to_status(row.status),
        seq=row.seq,
        attempt=row.attempt,
        owner=row.owner,
        failures=row.failures,
        crashes=row.crashes,
        changed_at=from_us(row.changed_at),
        due_at=from_us_or_none(due_at),
        processing_started_at=from_us_or_none(row.processing_started_at),
        ended_at=from_us_or_none(row.ended_at),
        reason=row.reason,
        not_before=from_us_or_none(row.not_before),
    )


def event_to_row(event: OrderEvent) -> EventRow:
    """The event as it is stored."""
    return EventRow(
        event.order_id,
        event.seq,
        event.kind.value,
        event.status.value,
        event.attempt,
        to_us(event.at),
        event.reason,
        None if event.actor is None else str(event.actor),
    )


def to_event(values: Iterable[Any]) -> OrderEvent:
    """The event in a row."""
    row = EventRow(*values)
    return OrderEvent(
        order_id=row.order_id,
        seq=row.seq,
        kind=EventKind(row.kind),
        status=to_status(row.status),
        attempt=row.attempt,
        at=from_us(row.at),
        reason=row.reason,
        actor=None if row.actor is None else Actor.parse(row.actor),
    )
