"""RecoverOrders: the sweeper, which finds by its due_at every order whose worker went silent."""

import logging
from datetime import datetime, timedelta

from application.ports import Clock, OrderRepository
from application.processing.holdings import Holdings
from domain.order import Order
from domain.retry_policy import RetryPolicy
from domain.transitions import OrderStatus

log = logging.getLogger(__name__)

EXPIRE_AT_ONCE = 1_000  # orders of silent workers in one sweep; the rest are the next one's


class RecoverOrders:
    """One sweep at each call. Two sweepers do no harm: each write compares what it read.

    Silence proves nothing where nobody could beat. After a start, a gap between two sweeps that
    did not fail, and a jump of the clock, live holders have one lease to beat before anything
    expires. `period` is the time from one call to the next.
    """

    def __init__(
        self,
        repository: OrderRepository,
        holdings: Holdings,
        clock: Clock,
        policy: RetryPolicy,
        lease: timedelta,
        period: timedelta,
    ) -> None:
        self._repository = repository
        self._holdings = holdings
        self._clock = clock
        self._policy = policy
        self._lease = lease
        # A beat comes every third of a lease: a gap of up to half of one still leaves it time.
        self._longest_gap = max(lease / 3, 1.5 * period).total_seconds()
        self._longest_lease = lease  # that some process may use
        self._drift = self._clock_drift(clock.now())
        self._swept_at = clock.monotonic()  # the last good sweep
        self._expires_from = self._swept_at + lease.total_seconds()

    def __call__(self) -> None:
        """Give back what silent workers held, or fail it when it was out of crashes.

        Raises RepositoryError.
        """
        in_use = self._repository.probe(self._clock.now())  # whoever beats must write, too
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
            limit=EXPIRE_AT_ONCE + len(self._holdings),
        )
        silent = [order for order in found if order.order_id not in self._holdings]
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
        for (old, new, _), done in zip(changes, self._repository.update(changes), strict=True):
            if done:
                log.warning(
                    "order %s: attempt %d went silent; now %s",
                    old.order_id,
                    old.attempt,
                    new.status,
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
