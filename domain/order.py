"""Order: the only ways in which an order may change."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Self

from domain import rules
from domain.change import Change
from domain.errors import IllegalTransition
from domain.events import CLIENT, Actor, OrderEvent
from domain.order_facts import OrderFacts
from domain.transitions import EventKind, OrderStatus, target_of


class Order(OrderFacts):
    """One order at one moment. Every transition returns a Change; all times are UTC.

    A transition takes the present time; what it records is never earlier than the transition
    before it, even if the clock was set back. It raises IllegalTransition where the state
    machine has no such step.
    """

    __slots__ = ()

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
        not_before: datetime | None = None,
    ) -> Self:
        """A Pending order, which the dispatcher may take from `due_at` on.

        One that is not to start before a time to come is due at that time instead. Raises
        InvalidOrder for a value that no order may have.
        """
        rules.check_order_id(order_id)
        rules.check_user_id(user_id)
        rules.check_item_ids(item_ids)
        return cls(
            order_id=order_id,
            user_id=user_id,
            item_ids=item_ids,
            total_amount=rules.in_cents(total_amount),
            created_at=now,
            changed_at=now,
            due_at=due_at if not_before is None or not_before <= now else not_before,
            not_before=not_before,
        )

    def creation(self) -> OrderEvent:
        """The created event, first in its history; only of an order from new()."""
        return _event(EventKind.CREATED, self)

    def start(self, now: datetime, lease: timedelta, owner: str) -> Change:
        """A worker takes it and keeps it for a lease, which its heartbeat renews."""
        if self.is_held:
            raise IllegalTransition(self.order_id, "held", OrderStatus.PROCESSING, "started")
        return self._change(
            EventKind.STARTED,
            now,
            attempt=self.attempt + 1,
            owner=owner,
            due_at=now + lease,
            processing_started_at=self._not_before_last(now),
        )

    def complete(self, now: datetime) -> Change:
        """The work is done."""
        return self._end(EventKind.COMPLETED, now, reason=None)

    def fail(self, now: datetime, reason: str, retry_in: timedelta | None) -> Change:
        """The processor failed this attempt: try again in `retry_in`, or None to give up."""
        failures = self.failures + 1
        if retry_in is None:
            return self._end(EventKind.FAILED, now, reason=reason, failures=failures)
        return self._put_back(
            EventKind.ATTEMPT_FAILED, now, due_at=now + retry_in, reason=reason, failures=failures
        )

    def expire(self, now: datetime, retry_in: timedelta | None) -> Change:
        """Its holder is gone: try again in `retry_in`, or None to give up."""
        crashes = self.crashes + 1
        reason = f"attempt {self.attempt} went silent"
        if retry_in is None:
            change = self._end(EventKind.FAILED, now, reason=reason, crashes=crashes)
        else:
            change = self._put_back(
                EventKind.EXPIRED, now, due_at=now + retry_in, reason=reason, crashes=crashes
            )
        return change._replace(if_due_at_unchanged=True)

    def release(
        self, now: datetime, wait: timedelta = timedelta(0), reason: str | None = None
    ) -> Change:
        """Its holder gives it back, to be tried again after `wait`; counts as no failure."""
        return self._put_back(EventKind.RELEASED, now, due_at=now + wait, reason=reason)

    def park(self, now: datetime, until: datetime) -> Change:
        """Its processor has accepted it, and says by `until` what came of it; nobody holds it."""
        return self._change(EventKind.PARKED, now, owner=None, due_at=until)

    def cancel(self, now: datetime, actor: Actor = CLIENT, reason: str | None = None) -> Change:
        """Somebody withdraws it; without a reason, it keeps that of its last attempt."""
        change = self._end(EventKind.CANCELLED, now, actor, reason=reason)
        return change._replace(new=change.new._replace(reason=reason or self.reason))

    def retry(self, now: datetime, actor: Actor = CLIENT, reason: str | None = None) -> Change:
        """Somebody gives a failed order a fresh set of attempts."""
        return self._put_back(
            EventKind.RETRIED,
            now,
            actor,
            due_at=now,
            failures=0,
            crashes=0,
            ended_at=None,
            reason=reason,
        )

    def hold(self, now: datetime, actor: Actor = CLIENT, reason: str | None = None) -> Change:
        """Nobody may start it until it is unheld."""
        return self._change(EventKind.HELD, now, actor, due_at=None, reason=reason)

    def unhold(self, now: datetime, actor: Actor = CLIENT, reason: str | None = None) -> Change:
        """It is due now, or when it was to start at the earliest."""
        due_at = self._not_early(now)
        return self._change(EventKind.UNHELD, now, actor, due_at=due_at, reason=reason)

    def _put_back(
        self,
        kind: EventKind,
        now: datetime,
        actor: Actor | None = None,
        *,
        due_at: datetime,
        **changes: Any,
    ) -> Change:
        """It waits to be started once more."""
        changes |= {"due_at": self._not_early(due_at), "owner": None}
        return self._change(kind, now, actor, processing_started_at=None, **changes)

    def _end(
        self, kind: EventKind, now: datetime, actor: Actor | None = None, **changes: Any
    ) -> Change:
        ended_at = self._not_before_last(now)
        return self._change(kind, now, actor, owner=None, due_at=None, ended_at=ended_at, **changes)

    def _change(
        self, kind: EventKind, now: datetime, actor: Actor | None = None, **changes: Any
    ) -> Change:
        new = self._replace(
            status=target_of(kind, self.order_id, self.status),
            seq=self.seq + 1,
            changed_at=self._not_before_last(now),
            **changes,
        )
        return Change(self, new, _event(kind, new, actor, changes.get("reason")))

    def _not_early(self, due_at: datetime) -> datetime:
        """Once the clock has gone back, its time may be to come again."""
        return due_at if self.not_before is None else max(due_at, self.not_before)

    def _not_before_last(self, now: datetime) -> datetime:
        return max(now, self.changed_at)


def _event(
    kind: EventKind, order: Order, actor: Actor | None = None, reason: str | None = None
) -> OrderEvent:
    return OrderEvent(
        order_id=order.order_id,
        seq=order.seq,
        kind=kind,
        status=order.status,
        attempt=order.attempt,
        at=order.changed_at,
        reason=reason,  # of this step: the order keeps its last one for longer
        actor=actor,
    )
