"""WatchWork: report what is worked on for very long, and notice when nobody takes what waits."""

import logging
from datetime import timedelta

from application.ports import Clock
from application.processing.holdings import Holdings
from domain.order import Order
from domain.transitions import OrderStatus

log = logging.getLogger(__name__)

_Version = tuple[str, int, OrderStatus]


class WatchWork:
    """Looks at what this process holds; `patience` is how long work may take without a remark."""

    def __init__(self, holdings: Holdings, clock: Clock, patience: timedelta) -> None:
        self._holdings = holdings
        self._clock = clock
        self._patience = patience
        self._seen_at: dict[_Version, float] = {}  # monotonic seconds
        self._reported: set[_Version] = set()
        self.is_stuck = False  # some order waits for so long, and so long does all work take

    def __call__(self) -> None:
        """One look; runs every so often."""
        now = self._clock.monotonic()
        held = {_version(order): order for order in self._holdings.all()}
        self._seen_at = {version: self._seen_at.get(version, now) for version in held}
        limit = now - self._patience.total_seconds()
        late = {version for version, since in self._seen_at.items() if since < limit}
        at_work = {version for version in held if version[-1] is OrderStatus.PROCESSING}
        for order_id, attempt, _ in sorted((late & at_work) - self._reported):
            log.warning(
                "order %s: attempt %d has taken over %g s and goes on",
                order_id,
                attempt,
                self._patience.total_seconds(),
            )
        self._reported = late & at_work
        self.is_stuck = bool(late - at_work) and at_work <= late


def _version(order: Order) -> _Version:
    return order.order_id, order.attempt, order.status
