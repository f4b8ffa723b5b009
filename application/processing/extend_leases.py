"""ExtendLeases: the heartbeat that keeps what this process holds."""

import logging
from contextlib import suppress
from datetime import timedelta

from application.ports import Clock, OrderRepository, RepositoryUnavailable
from application.processing.holdings import Holdings

log = logging.getLogger(__name__)


class ExtendLeases:
    """Moves the deadline of all that is held to a lease from now; runs every third of a lease."""

    def __init__(
        self, repository: OrderRepository, clock: Clock, holdings: Holdings, lease: timedelta
    ) -> None:
        self._repository = repository
        self._clock = clock
        self._holdings = holdings
        self._lease = lease

    def __call__(self) -> None:
        """An order that is no longer held by right is dropped; the fence stops its worker."""
        orders = self._holdings.all()
        if not orders:
            return
        with suppress(RepositoryUnavailable):  # better by the clock that we know than not at all
            self._clock.sync()
        kept = self._repository.reschedule(orders, self._clock.now() + self._lease)
        for order, still_held in zip(orders, kept, strict=True):
            if not still_held:
                self._holdings.drop(order)
