"""ReleaseOrders: on a clean stop, give back what this process still holds."""

import logging

from application.orders.holdings import Holdings
from application.ports import Clock, OrderRepository
from domain.order import OrderStatus

log = logging.getLogger(__name__)


class ReleaseOrders:
    """Makes every held order due now, for whoever is there to take it; burns no failure."""

    def __init__(self, repository: OrderRepository, clock: Clock, holdings: Holdings) -> None:
        self._repository = repository
        self._clock = clock
        self._holdings = holdings

    def __call__(self) -> None:
        """Raises RepositoryUnavailable; the orders are then left to their leases."""
        now = self._clock.now()
        held = self._holdings.all()
        running = [order for order in held if order.status is OrderStatus.PROCESSING]
        waiting = [order for order in held if order.status is OrderStatus.PENDING]
        if running:
            released = self._repository.update([(order, order.release(now)) for order in running])
            log.info("gave back %d unfinished orders", sum(released))
        for order in waiting:  # or a heartbeat would keep it for one more lease
            self._holdings.drop(order)
        if waiting:
            self._repository.reschedule(waiting, now)
