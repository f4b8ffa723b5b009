"""WatchWork: report work that takes very long, and notice when nobody takes what waits."""

import logging
from datetime import UTC, datetime, timedelta

from application.ports import Clock, OrderRepository
from application.processing.breaker import Breaker
from application.processing.gate import Gate
from application.processing.held_orders import HeldOrders
from domain.order import Order
from domain.transitions import OrderStatus

log = logging.getLogger(__name__)

NO_HORIZON = datetime.max.replace(tzinfo=UTC)  # a wrong deadline says nothing about workers

_Stage = tuple[str, int, OrderStatus]


class WatchWork:
    """Looks at the held orders; `patience` is how long work may take before it is reported.

    Once all `workers` are late, it looks for those that wait in the store as well. Orders that wait
    at a broker are seen by neither.
    """

    def __init__(
        self,
        held_orders: HeldOrders,
        repository: OrderRepository,
        gate: Gate,
        breaker: Breaker,
        clock: Clock,
        patience: timedelta,
        workers: int,
    ) -> None:
        self._held = held_orders
        self._repository = repository
        self._gate = gate
        self._breaker = breaker
        self._clock = clock
        self._patience = patience
        self._workers = workers
        self._seen_at: dict[_Stage, float] = {}  # monotonic seconds
        self._reported: set[_Stage] = set()
        self.is_stuck = False  # all work is late, and an order has waited as long

    def __call__(self) -> None:
        """One look, to be called every so often. Reports each attempt once.

        Raises RepositoryError; then `is_stuck` stays as it was.
        """
        now = self._clock.monotonic()
        held = {_stage(order): order for order in self._held.all()}
        self._seen_at = {stage: self._seen_at.get(stage, now) for stage in held}
        limit = now - self._patience.total_seconds()
        late = {stage for stage, since in self._seen_at.items() if since < limit}
        at_work = {stage for stage in held if stage[-1] is OrderStatus.PROCESSING}
        for order_id, attempt, _ in sorted((late & at_work) - self._reported):
            log.warning(
                "order %s: attempt %d still runs after %g s",
                order_id,
                attempt,
                self._patience.total_seconds(),
            )
        self._reported = late & at_work
        waits_here = bool(late - at_work)
        are_late = at_work <= late
        self.is_stuck = are_late and (
            waits_here or (len(at_work) >= self._workers and self._waits_in_store())
        )

    def _waits_in_store(self) -> bool:
        """Whether an order has been due for so long, and neither a pause nor an outage is why."""
        if self._gate.room(1) == 0 or self._breaker.open_since is not None:
            return False
        long_ago = self._clock.now() - self._patience
        return bool(
            self._repository.find_due(
                OrderStatus.PENDING, now=long_ago, horizon=NO_HORIZON, limit=1
            )
        )


def _stage(order: Order) -> _Stage:
    return order.order_id, order.attempt, order.status
