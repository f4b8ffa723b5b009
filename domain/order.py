"""An order, and the only ways in which it may change."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self

from domain import rules
from domain.errors import IllegalTransition


class OrderStatus(StrEnum):
    """Where an order stands; each comment says who moves it on."""

    PENDING = "Pending"  # a worker, by starting it; a customer or an operator, by cancelling it
    PROCESSING = "Processing"  # the worker that holds it; the sweeper, once that worker is silent
    COMPLETED = "Completed"  # nobody
    FAILED = "Failed"  # an operator, by retrying or cancelling it
    CANCELLED = "Cancelled"  # nobody


NEXT: Mapping[OrderStatus, frozenset[OrderStatus]] = MappingProxyType(
    {
        OrderStatus.PENDING: frozenset({OrderStatus.PROCESSING, OrderStatus.CANCELLED}),
        OrderStatus.PROCESSING: frozenset(
            {OrderStatus.COMPLETED, OrderStatus.FAILED, OrderStatus.PENDING}
        ),
        OrderStatus.COMPLETED: frozenset(),
        OrderStatus.FAILED: frozenset({OrderStatus.PENDING, OrderStatus.CANCELLED}),
        OrderStatus.CANCELLED: frozenset(),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order at one moment. Every transition returns the next one; all times are UTC.

    A transition takes the clock's reading and never records a time before the one of the
    transition that precedes it, because clocks go back. It raises IllegalTransition where the
    state machine has no such step.
    """

    order_id: str
    user_id: int
    item_ids: tuple[int, ...]
    total_amount: Decimal
    created_at: datetime
    changed_at: datetime  # when the last transition happened
    due_at: datetime | None  # when somebody must look if the holder stays silent; None at an end
    status: OrderStatus = OrderStatus.PENDING
    seq: int = 1  # numbers the order's history; every transition adds one
    attempt: int = 0  # raised by each start(); fences off a late worker
    owner: str | None = None  # the process that holds it, by a name made new at each process start
    failures: int = 0  # attempts that the processor failed
    crashes: int = 0  # holders that went silent
    processing_started_at: datetime | None = None  # of the present attempt
    ended_at: datetime | None = None
    reason: str | None = None  # why the last attempt did not complete; its first line is for all

    @classmethod
    def new(
        cls,
        *,
        order_id: str,
        user_id: int,
        item_ids: tuple[int, ...],
        total_amount: Decimal,
        now: datetime,
        due_at: datetime,
    ) -> Self:
        """A Pending order; raises InvalidOrder for a value that no order may have."""
        rules.check_order_id(order_id)
        rules.check_user_id(user_id)
        rules.check_item_ids(item_ids)
        rules.check_total_amount(total_amount)
        return cls(
            order_id=order_id,
            user_id=user_id,
            item_ids=item_ids,
            total_amount=total_amount,
            created_at=now,
            changed_at=now,
            due_at=due_at,
        )

    def start(self, now: datetime, lease: timedelta, owner: str) -> Self:
        """A worker takes it and keeps it for a lease, which its heartbeat renews."""
        return self._to(
            OrderStatus.PROCESSING,
            now,
            attempt=self.attempt + 1,
            owner=owner,
            due_at=now + lease,
            processing_started_at=self._not_before_last(now),
        )

    def complete(self, now: datetime) -> Self:
        """The work is done."""
        return self._end(OrderStatus.COMPLETED, now, reason=None)

    def fail(self, now: datetime, reason: str, retry_in: timedelta | None) -> Self:
        """The processor failed this attempt: try again in `retry_in`, or None to give up."""
        failures = self.failures + 1
        if retry_in is None:
            return self._end(OrderStatus.FAILED, now, reason=reason, failures=failures)
        return self._give_back(now, retry_in, reason=reason, failures=failures)

    def expire(self, now: datetime, retry_in: timedelta | None) -> Self:
        """Its holder is gone: try again in `retry_in`, or None to give up."""
        crashes = self.crashes + 1
        reason = f"attempt {self.attempt} went silent"
        if retry_in is None:
            return self._end(OrderStatus.FAILED, now, reason=reason, crashes=crashes)
        return self._give_back(now, retry_in, reason=reason, crashes=crashes)

    def release(
        self, now: datetime, wait: timedelta = timedelta(0), reason: str | None = None
    ) -> Self:
        """Its holder gives it back, to be tried again after `wait`; counts as no failure."""
        return self._give_back(now, wait, reason=reason)

    def cancel(self, now: datetime) -> Self:
        """Nobody shall work on it any more."""
        return self._end(OrderStatus.CANCELLED, now)

    def retry(self, now: datetime) -> Self:
        """An operator gives a failed order a fresh set of attempts."""
        return self._back_to_pending(
            OrderStatus.FAILED, now, due_at=now, failures=0, crashes=0, ended_at=None, reason=None
        )

    @property
    def public_reason(self) -> str | None:
        """What a client may know of the reason; what follows is for those who run the service."""
        return None if self.reason is None else self.reason.partition("\n")[0]

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

    def _give_back(self, now: datetime, wait: timedelta, **changes: Any) -> Self:
        return self._back_to_pending(OrderStatus.PROCESSING, now, due_at=now + wait, **changes)

    def _back_to_pending(self, source: OrderStatus, now: datetime, **changes: Any) -> Self:
        if self.status is not source:  # two ways lead back, and neither is the other's
            raise IllegalTransition(self.order_id, self.status, OrderStatus.PENDING)
        return self._to(OrderStatus.PENDING, now, owner=None, processing_started_at=None, **changes)

    def _end(self, status: OrderStatus, now: datetime, **changes: Any) -> Self:
        return self._to(
            status,
            now,
            owner=None,
            due_at=None,
            ended_at=self._not_before_last(now),
            **changes,
        )

    def _to(self, status: OrderStatus, now: datetime, **changes: Any) -> Self:
        if status not in NEXT[self.status]:
            raise IllegalTransition(self.order_id, self.status, status)
        return replace(
            self,
            status=status,
            seq=self.seq + 1,
            changed_at=self._not_before_last(now),
            **changes,
        )

    def _not_before_last(self, now: datetime) -> datetime:
        return max(now, self.changed_at)


def is_still(
    old: Order, status: OrderStatus, attempt: int, due_at: datetime | None, new: Order
) -> bool:
    """Whether a stored order of this status, attempt and deadline may be replaced by `new`.

    It may while it is still `old`, and no order is twice in one status with one attempt. Only
    who counts a crash must have seen the present deadline: a heartbeat may have moved it since.
    """
    if (status, attempt) != (old.status, old.attempt):
        return False
    return new.crashes <= old.crashes or due_at == old.due_at


def _between(start: datetime | None, end: datetime | None) -> timedelta | None:
    return None if start is None or end is None else end - start
