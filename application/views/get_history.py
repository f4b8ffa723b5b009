"""GetHistory: what has happened to one order."""

from application.ports import OrderViews
from application.views.possible_id import require_possible
from domain.errors import OrderNotFound
from domain.events import OrderEvent


class GetHistory:
    """Reads one order's events."""

    def __init__(self, views: OrderViews) -> None:
        self._views = views

    def __call__(self, order_id: str) -> list[OrderEvent]:
        """Its events, oldest first; raises OrderNotFound and RepositoryUnavailable."""
        require_possible(order_id)
        events = self._views.history(order_id)
        if not events:
            raise OrderNotFound(order_id)
        return events
