"""What could never be stored is not worth a query."""

from domain.errors import InvalidOrder, OrderNotFound
from domain.rules import check_order_id


def require_possible(order_id: str) -> None:
    """Raise OrderNotFound for an id that no order may have."""
    try:
        check_order_id(order_id)
    except InvalidOrder as error:
        raise OrderNotFound(order_id) from error
