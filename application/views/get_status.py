"""GetStatus: the present state of one order."""

from application.ports import OrderRepository
from domain.errors import InvalidOrder, OrderNotFound
from domain.order import Order
from domain.rules import check_order_id


class GetStatus:
    """Reads one order."""

    def __init__(self, repository: OrderRepository) -> None:
        self._repository = repository

    def __call__(self, order_id: str) -> Order:
        """The order as it is now; raises OrderNotFound and RepositoryUnavailable."""
        try:
            check_order_id(order_id)
        except InvalidOrder as error:  # what could never be stored is not worth a query
            raise OrderNotFound(order_id) from error
        order = self._repository.get(order_id)
        if order is None:
            raise OrderNotFound(order_id)
        return order
