"""OrderFacts: what is known of an order at one moment, and what follows from it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from domain.events import first_line
from domain.transitions import OrderStatus


class OrderFacts(NamedTuple):
    """The fields of an Order; all times are UTC.

    A tuple because a frozen dataclass takes seven times as long to make.
    """

    order_id: str
    user_id: int
    item_ids: tuple[int, ...]
    total_amount: Decimal
    created_at: datetime
    changed_at: datetime  # when the last transition happened
    due_at: datetime | None  # when it needs attention, unless extended; None at an end, or held
    status: OrderStatus = OrderStatus.PENDING
    seq: int = 1  # numbers the order's history; every transition adds one
    attempt: int = 0  # raised by each start(); fences off a late worker
    owner: str | None = None  # the process that holds it: an id that is new at each process start
    failures: int = 0  # attempts that the processor failed
    crashes: int = 0  # holders that went silent
    processing_started_at: datetime | None = None  # of the present attempt
    ended_at: datetime | None = None
    reason: str | None = None  # why it is not completed, or not begun; line 1 is public
    not_before: datetime | None = None  # no attempt starts earlier, whatever else lets it

    @property
    def is_held(self) -> bool:
        """Whether somebody has said that nobody may start it."""
        return self.status is OrderStatus.PENDING and self.due_at is None

    @property
    def is_scheduled(self) -> bool:
        """Whether it is due when its client has asked for it at the earliest."""
        is_asked_for = self.not_before is not None and self.due_at == self.not_before
        return is_asked_for and self.status is OrderStatus.PENDING

    @property
    def is_parked(self) -> bool:
        """Whether its processor has accepted it, and will say later what came of it."""
        return self.status is OrderStatus.PROCESSING and self.owner is None

    @property
    def has_appointment(self) -> bool:
        """Whether somebody outside has set its deadline, which may be far ahead and yet right."""
        if self.status is OrderStatus.PROCESSING:
            return self.owner is None  # as is_parked; this runs for each row that is written
        return self.not_before is not None and self.is_scheduled

    @property
    def public_reason(self) -> str | None:
        """The part of the reason that clients may see."""
        return first_line(self.reason)

    @property
    def pending_duration(self) -> timedelta | None:
        """From creation to the start of the present attempt."""
        return _between(self.created_at, self.processing_started_at)

    @property
    def processing_duration(self) -> timedelta | None:
        """From the start of the attempt that completed to its end."""
        return _between(self.processing_started_at, self.completed_at)

    @property
    def total_duration(self) -> timedelta | None:
        """From creation to completion."""
        return _between(self.created_at, self.completed_at)

    @property
    def completed_at(self) -> datetime | None:
        """When it was completed, if it was."""
        return self.ended_at if self.status is OrderStatus.COMPLETED else None


def _between(start: datetime | None, end: datetime | None) -> timedelta | None:
    return None if start is None or end is None else end - start
