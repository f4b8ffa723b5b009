"""CancelOrder: withdraw an order that nobody works on."""

from application.orders.intervention import Intervene, Intervention
from domain.order import Order
from domain.transitions import OrderStatus


class CancelOrder:
    """Pending or Failed -> Cancelled."""

    def __init__(self, intervene: Intervene) -> None:
        self._intervene = intervene

    def __call__(self, asked: Intervention) -> Order:
        """The order, cancelled now or before.

        Raises IllegalTransition for one that is Processing or Completed, and what Intervene does.
        """
        return self._intervene(
            asked,
            lambda order, now: (
                None
                if order.status is OrderStatus.CANCELLED
                else order.cancel(now, asked.actor, asked.reason)
            ),
        )
