"""RecoverOrders: the sweeper, which finds by its due_at every order whose worker went silent."""

import logging
from datetime import datetime, timedelta

from application.orders.holdings import Holdings
from application.ports import Clock, OrderRepository
from domain.order import Order, OrderStatus
from domain.retry_policy import RetryPolicy

log = logging.getLogger(__name__)

EXPIRE_AT_ONCE = 1_000  # orders of silent workers in one sweep; the rest are the next one's


class RecoverOrders:
    """One sweep at each call. Two sweepers do no harm: each write compares what it read."""

    def __init__(
        self,
        repository: OrderRepository,
        holdings: Holdings,
        clock: Clock,
        policy: RetryPolicy,
        lease: timedelta,
    ) -> None:
        self._repository = repository
        self._holdings = holdings
        self._clock = clock
        self._policy = policy
        self._lease = lease
        self._drift = self._clock_drift(clock.now())
        # Whatever the clock did before this start: all live workers beat before it expires any.
        self._expires_from = clock.monotonic() + lease.total_seconds() / 2

    def __call__(self) -> None:
        """Give back what silent workers held, or fail it when it was out of crashes."""
        self._notice_a_stall()
        now = self._clock.now()
        self._notice_a_jump(now)
        self._look_for_silence(now)

    def _look_for_silence(self, now: datetime) -> None:
        horizon = now + 2 * self._lease
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
        if expired and self._clock.monotonic() >= self._expires_from:
            self._expire(expired, now)

    def _expire(self, expired: list[Order], now: datetime) -> None:
        changes = [(order, order.expire(now, self._policy.after_crash(order))) for order in expired]
        for (old, new), done in zip(changes, self._repository.update(changes), strict=True):
            if done:
                log.warning(
                    "order %s: attempt %d went silent; now %s",
                    old.order_id,
                    old.attempt,
                    new.status,
                )

    def _notice_a_stall(self) -> None:
        """A store that let nobody write let nobody beat: live workers must beat first."""
        began = self._clock.monotonic()
        try:
            self._repository.reschedule([], self._clock.now())  # writes nothing, waits its turn
        finally:
            waited = self._clock.monotonic() - began
            if waited > self._lease.total_seconds() / 3:
                log.warning("the store stalled for %.0f s; nothing expires for one lease", waited)
                self._wait_a_lease()

    def _notice_a_jump(self, now: datetime) -> None:
        """A clock that jumped ahead makes leases look old: live workers must beat first."""
        drift = self._clock_drift(now)
        jumped = abs(drift - self._drift)
        self._drift = drift
        if jumped > self._lease.total_seconds() / 3:
            log.warning("the clock jumped by %.0f s; nothing expires for one lease", jumped)
            self._wait_a_lease()

    def _wait_a_lease(self) -> None:
        self._expires_from = self._clock.monotonic() + self._lease.total_seconds()

    def _clock_drift(self, now: datetime) -> float:
        return now.timestamp() - self._clock.monotonic()


def _due(order: Order) -> datetime:
    assert order.due_at is not None  # find_due returns orders that have one
    return order.due_at
