"""ExtendLeases: the heartbeat that keeps what this process holds."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from application.ports import Clock, OrderRepository, RepositoryUnavailable
from application.processing.held_orders import HeldOrders, write_in_parts
from domain.order import Order

log = logging.getLogger(__name__)


class ExtendLeases:
    """Moves the deadline of all held orders to a lease from now; runs every third of a lease."""

    def __init__(
        self, repository: OrderRepository, clock: Clock, held_orders: HeldOrders, lease: timedelta
    ) -> None:
        self._repository = repository
        self._clock = clock
        self._held = held_orders
        self._lease = lease

    def __call__(self) -> None:
        """Extend all leases; drop what is no longer ours, whose late outcome the fence refuses.

        Raises RepositoryError, once it has tried to extend each of them.
        """
        held = self._held.all()
        if not held:
            return
        with suppress(RepositoryUnavailable):  # a lease by the last known time is better than none
            self._clock.sync()
        write_in_parts(held, self._extend)

    def _extend(self, orders: Sequence[Order]) -> None:
        kept = self._repository.reschedule(orders, self._clock.now() + self._lease)
        for order, still_held in zip(orders, kept, strict=True):
            if not still_held:
                self._held.drop(order)
