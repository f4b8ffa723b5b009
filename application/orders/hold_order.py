"""HoldOrder and UnholdOrder: keep a pending order from being started, and let it go again."""

from collections.abc import Callable
from datetime import datetime

from application.orders.intervention import Intervene, Intervention
from domain.change import Change
from domain.errors import IllegalTransition
from domain.order import Order
from domain.transitions import OrderStatus


class HoldOrder:
    """Nobody starts a held order, which stays Pending."""

    def __init__(self, intervene: Intervene) -> None:
        self._intervene = intervene

    def __call__(self, asked: Intervention) -> Order:
        """The order, held now or before; the first reason stays.

        Raises IllegalTransition for one that is not Pending, and what Intervene does.
        """
        return self._intervene(
            asked,
            lambda order, now: (
                None if order.is_held else order.hold(now, asked.actor, asked.reason)
            ),
        )


class UnholdOrder:
    """The order is due now; `wake` has the dispatcher look for it."""

    def __init__(self, intervene: Intervene, wake: Callable[[], object]) -> None:
        self._intervene = intervene
        self._wake = wake

    def __call__(self, asked: Intervention) -> Order:
        """The order, held no longer; as it is, if it was not.

        Raises IllegalTransition for one that has ended, and what Intervene does.
        """

        def step(order: Order, now: datetime) -> Change | None:
            if order.is_held:
                return order.unhold(now, asked.actor, asked.reason)
            if order.ended_at is not None:
                target = OrderStatus.PENDING
                raise IllegalTransition(order.order_id, order.status, target, "released")
            return None

        order = self._intervene(asked, step)
        self._wake()
        return order
