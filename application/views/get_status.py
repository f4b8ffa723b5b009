"""GetStatus: the present state of one order."""

from application.ports import OrderRepository
from application.views.possible_id import require_possible
from domain.errors import OrderNotFound
from domain.order import Order


class GetStatus:
    """Reads one order."""

    def __init__(self, repository: OrderRepository) -> None:
        self._repository = repository

    def __call__(self, order_id: str) -> Order:
        """The order as it is now; raises OrderNotFound and RepositoryUnavailable."""
        require_possible(order_id)
        order = self._repository.get(order_id)
        if order is None:
            raise OrderNotFound(order_id)
        return order
