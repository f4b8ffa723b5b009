"""WatchWork: report work that takes very long, and notice when nobody takes what waits."""

import logging
from datetime import timedelta

from application.ports import Clock
from application.processing.held_orders import HeldOrders
from domain.order import Order
from domain.transitions import OrderStatus

log = logging.getLogger(__name__)

_Stage = tuple[str, int, OrderStatus]


class WatchWork:
    """Looks at the held orders; `patience` is how long work may take before it is reported.

    Orders that wait at a broker are not held, so they are not seen here.
    """

    def __init__(self, held_orders: HeldOrders, clock: Clock, patience: timedelta) -> None:
        self._held = held_orders
        self._clock = clock
        self._patience = patience
        self._seen_at: dict[_Stage, float] = {}  # monotonic seconds
        self._reported: set[_Stage] = set()
        self.is_stuck = False  # all work is late, and an order has waited as long

    def __call__(self) -> None:
        """One look, to be called every so often. Reports each attempt once."""
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
        self.is_stuck = bool(late - at_work) and at_work <= late


def _stage(order: Order) -> _Stage:
    return order.order_id, order.attempt, order.status
