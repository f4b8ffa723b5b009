"""GiveBack: make orders due that wait here and may not start, for whoever may start them."""

from collections.abc import Sequence

from application.ports import Clock, OrderRepository
from application.processing.held_orders import HeldOrders, write_in_parts
from domain.order import Order


class GiveBack:
    """Pending orders are held here no longer."""

    def __init__(self, repository: OrderRepository, clock: Clock, held_orders: HeldOrders) -> None:
        self._repository = repository
        self._clock = clock
        self._held = held_orders

    def __call__(self, waiting: Sequence[Order]) -> None:
        """They are due now; those that are Pending no longer stay as they are.

        Raises RepositoryError; then they are due once their leases end.
        """
        for order in waiting:
            self._held.drop(order)
        write_in_parts(waiting, self._make_due)

    def _make_due(self, waiting: Sequence[Order]) -> None:
        self._repository.reschedule(waiting, self._clock.now())
