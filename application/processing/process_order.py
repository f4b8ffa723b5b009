"""ProcessOrder: start one order, have it worked on, and record what came of it."""

import logging

from application.ports import Clock, RepositoryError
from application.processing.advance_orders import AdvanceOrders
from application.processing.held_orders import HeldOrders
from application.processing.work_on_order import WorkOnOrder
from domain.order import Change, Order

log = logging.getLogger(__name__)

RECORD_AGAIN_SECONDS = 0.5  # at first, then twice as long each time
RECORD_AGAIN_CAP_SECONDS = 5.0


class ProcessOrder:
    """All of one order, in one thread."""

    def __init__(
        self, advance: AdvanceOrders, work: WorkOnOrder, held_orders: HeldOrders, clock: Clock
    ) -> None:
        self._advance = advance
        self._work = work
        self._held = held_orders
        self._clock = clock

    def __call__(self, order: Order) -> None:
        """Process it, unless another worker has started it, or it was cancelled.

        Blocks until its outcome is stored, or it has passed to another holder. Raises
        RepositoryError when its start could not be stored.
        """
        for started in self._advance([], [order]):
            try:
                self._record(self._work(started))
            except BaseException:
                self._held.drop(started)  # or its lease would be extended for ever
                raise

    def _record(self, outcome: Change) -> None:
        pause_seconds = RECORD_AGAIN_SECONDS
        while True:
            try:
                self._advance([outcome], [])
                return
            except RepositoryError as error:  # the work is done: worth keeping the lease for
                log.debug("order %s: outcome not recorded yet: %s", outcome.old.order_id, error)
                self._clock.sleep(pause_seconds)
                pause_seconds = min(2 * pause_seconds, RECORD_AGAIN_CAP_SECONDS)
