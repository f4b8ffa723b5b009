"""StartsInDoubt: starts that may be stored although their answer was lost."""

from application.ports import OrderRepository
from application.processing.held_orders import HeldOrders
from domain.order import Order


class StartsInDoubt:
    """Of the process `owner`, which alone knows that nobody works on these orders."""

    def __init__(self, repository: OrderRepository, held_orders: HeldOrders, owner: str) -> None:
        self._repository = repository
        self._held = held_orders
        self._owner = owner
        self._starts: dict[str, Order] = {}  # the order as started, by its id

    def note(self, started: Order) -> None:
        """It is going to be stored; in any thread."""
        self._starts[started.order_id] = started

    def clear(self) -> None:
        """What was noted is known to be stored, or not to be."""
        self._starts.clear()

    def find(self) -> list[Order]:
        """Those that are stored, to be worked on. Raises RepositoryError."""
        starts = dict(self._starts)
        if not starts:
            return []
        return [
            order
            for order in self._repository.get_many(list(starts))
            if order.owner == self._owner
            and order.attempt == starts[order.order_id].attempt
            and order.order_id not in self._held  # else an earlier start of it was answered
        ]
