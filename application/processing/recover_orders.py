"""RecoverOrders: the sweeper, which finds by its due_at every order whose worker went silent."""

import logging
from datetime import datetime, timedelta

from application.ports import Clock, OrderRepository
from application.processing.held_orders import HeldOrders
from domain.order import Order
from domain.retry_policy import RetryPolicy
from domain.transitions import OrderStatus

log = logging.getLogger(__name__)

EXPIRE_AT_ONCE = 1_000  # orders of silent workers in one sweep; the rest are the next one's


class RecoverOrders:
    """One sweep at each call. Two sweepers do no harm: each write compares with what was read.

    Silence proves nothing while no heartbeat could be stored. After a start, after a gap between
    two sweeps that succeeded, and after a jump of the clock, live holders have one lease in which
    to send one before anything expires. `period` is the time from one call to the next.
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
        # A heartbeat comes every third of a lease: a gap of half a lease still leaves time for one.
        self._longest_gap = max(lease / 3, 1.5 * period).total_seconds()
        self._longest_lease = lease  # that any process may be using
        self._drift = self._clock_drift(clock.now())
        self._swept_at = clock.monotonic()  # the last good sweep
        self._expires_from = self._swept_at + lease.total_seconds()

    def __call__(self) -> None:
        """Put back what silent workers held, or fail it when that was one crash too many.

        Raises RepositoryError.
        """
        in_use = self._repository.probe(self._clock.now())  # a heartbeat is a write as well
        self._longest_lease = max(self._lease, in_use)
        self._notice_a_gap()
        now = self._time_now()
        self._look_for_silence(now, now + 2 * self._longest_lease)
        self._swept_at = self._clock.monotonic()

    def _look_for_silence(self, now: datetime, horizon: datetime) -> None:
        found = self._repository.find_due(
            OrderStatus.PROCESSING,
            now=now,
            horizon=horizon,
            limit=EXPIRE_AT_ONCE + len(self._held),
        )
        silent = [order for order in found if order.order_id not in self._held]
        misdated = [order for order in silent if _due(order) > horizon]
        expired = [order for order in silent if _due(order) <= now]
        if misdated:  # the clock went back: give the holder one lease to show itself
            self._repository.reschedule(misdated, now + self._lease, unmoved=True)
        if expired and self._may_expire():
            self._time_now()  # the clock may have gone back before a deadline that looks old
            if self._may_expire():
                self._expire(expired, now)

    def _expire(self, expired: list[Order], now: datetime) -> None:
        changes = [order.expire(now, self._policy.after_crash(order)) for order in expired]
        for change, done in zip(changes, self._repository.update(changes), strict=True):
            if done:
                log.warning(
                    "order %s: attempt %d went silent; now %s",
                    change.old.order_id,
                    change.old.attempt,
                    change.new.status,
                )

    def _notice_a_gap(self) -> None:
        gap = self._clock.monotonic() - self._swept_at
        if gap > self._longest_gap:
            log.warning("no good sweep for %.0f s; nothing expires for one lease", gap)
            self._wait_a_lease()

    def _time_now(self) -> datetime:
        """A fresh reading; a jump since the last one makes live leases look old."""
        self._clock.sync()
        now = self._clock.now()
        drift = self._clock_drift(now)
        jumped = abs(drift - self._drift)
        self._drift = drift
        if jumped > self._lease.total_seconds() / 3:
            log.warning("the clock jumped by %.0f s; nothing expires for one lease", jumped)
            self._wait_a_lease()
        return now

    def _wait_a_lease(self) -> None:
        self._expires_from = self._clock.monotonic() + self._longest_lease.total_seconds()

    def _may_expire(self) -> bool:
        return self._clock.monotonic() >= self._expires_from

    def _clock_drift(self, now: datetime) -> float:
        return now.timestamp() - self._clock.monotonic()


def _due(order: Order) -> datetime:
    assert order.due_at is not None  # find_due returns orders that have one
    return order.due_at
