"""RecoverOrders: the sweeper, which finds by its due_at every order whose holder went silent."""

import logging
from datetime import datetime, timedelta

from application.ports import Clock, OrderRepository
from application.processing.expiry_guard import ExpiryGuard
from application.processing.held_orders import AT_ONCE, HeldOrders
from domain.change import Change
from domain.order import Order
from domain.retry_policy import RetryPolicy
from domain.transitions import OrderStatus

log = logging.getLogger(__name__)


class RecoverOrders:
    """One sweep at each call. Two sweepers do no harm: each write compares with what was read.

    `period` is the time from one call to the next.
    """

    def __init__(
        self,
        repository: OrderRepository,
        held_orders: HeldOrders,
        clock: Clock,
        policy: RetryPolicy,
        lease: timedelta,
        period: timedelta,
    ) -> None:
        self._repository = repository
        self._held = held_orders
        self._clock = clock
        self._policy = policy
        self._lease = lease
        self._guard = ExpiryGuard(clock, lease, period)

    def __call__(self) -> None:
        """Put back what silent holders had, or fail it when that was one crash too many.

        Likewise what is parked, and whose callback has not come in time: for one failure too many.

        Raises RepositoryError.
        """
        lease_in_use = self._repository.probe(self._clock.now())  # as a heartbeat would write
        now = self._guard.begin_sweep(lease_in_use)
        horizon = now + 2 * self._guard.longest_lease
        while self._recover_some(now, horizon) == AT_ONCE:  # a process may have held ten thousands
            pass
        self._guard.end_sweep()

    def _recover_some(self, now: datetime, horizon: datetime) -> int:
        """Of up to AT_ONCE orders whose holders are silent; how many have moved on."""
        silent = self._find_silent(now, horizon)
        misdated = [order for order in silent if _due(order) > horizon]
        expired = [order for order in silent if _due(order) <= now]
        moved: list[bool] = []
        if misdated:  # the clock went back: give the holder one lease to show itself
            moved = self._repository.reschedule(
                misdated, now + self._lease, if_due_at_unchanged=True
            )
        if expired and self._guard.may_expire():
            moved += self._expire(expired, now)
        return sum(moved)

    def _find_silent(self, now: datetime, horizon: datetime) -> list[Order]:
        found = self._repository.find_due(
            OrderStatus.PROCESSING,
            now=now,
            horizon=horizon,
            limit=AT_ONCE + len(self._held),
        )
        return [order for order in found if order.order_id not in self._held][:AT_ONCE]

    def _expire(self, expired: list[Order], now: datetime) -> list[bool]:
        changes = [self._end_attempt(order, now) for order in expired]
        done = self._repository.update(changes)
        for change, is_done in zip(changes, done, strict=True):
            if is_done:
                log.warning(
                    "order %s: attempt %d %s; now %s",
                    change.old.order_id,
                    change.old.attempt,
                    "had no callback in time" if change.old.is_parked else "went silent",
                    change.new.status,
                )
        return done

    def _end_attempt(self, order: Order, now: datetime) -> Change:
        if not order.is_parked:
            return order.expire(now, self._policy.after_crash(order))
        failed = order.fail(now, "no callback in time", self._policy.after_failure(order))
        return failed._replace(if_due_at_unchanged=True)


def _due(order: Order) -> datetime:
    assert order.due_at is not None  # find_due returns orders that have one
    return order.due_at
