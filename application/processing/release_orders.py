"""ReleaseOrders: on a clean stop, give back what this process still holds."""

import logging
from collections.abc import Sequence

from application.ports import Clock, OrderRepository
from application.processing.held_orders import HeldOrders, write_in_parts
from domain.order import Order
from domain.transitions import OrderStatus

log = logging.getLogger(__name__)


class ReleaseOrders:
    """Makes every held order due now, for whoever is there to take it; counts as no failure."""

    def __init__(
        self, repository: OrderRepository, clock: Clock, held_orders: HeldOrders, owner: str
    ) -> None:
        self._repository = repository
        self._clock = clock
        self._held = held_orders
        self._owner = owner

    def __call__(self) -> None:
        """Give everything back. Blocks on the store.

        Raises RepositoryError; what was not given back is recovered once its lease ends.
        """
        held = self._held.seal()
        running = [order for order in held if order.status is OrderStatus.PROCESSING]
        waiting = [order for order in held if order.status is OrderStatus.PENDING]
        for order in waiting:  # or a heartbeat would keep it for one more lease
            self._held.drop(order)
        try:
            write_in_parts(running, self._release)
        finally:
            write_in_parts(waiting, self._make_due)

    def _make_due(self, waiting: Sequence[Order]) -> None:
        moved = self._repository.reschedule(waiting, self._clock.now())
        if started := self._started(waiting, moved):
            self._release(started)

    def _started(self, waiting: Sequence[Order], moved: list[bool]) -> list[Order]:
        """Those that a worker of this process started at the last moment."""
        stored = self._repository.get_many(
            [order.order_id for order, is_moved in zip(waiting, moved, strict=True) if not is_moved]
        )
        return [order for order in stored if order.owner == self._owner]

    def _release(self, running: Sequence[Order]) -> None:
        now = self._clock.now()
        released = self._repository.update([order.release(now) for order in running])
        for order in running:  # or its worker would try to record an outcome for ever
            self._held.drop(order)
        log.info("gave back %d unfinished orders", sum(released))
