"""RetryOrder: give a failed order a fresh set of attempts."""

from collections.abc import Callable
from datetime import datetime

from application.orders.intervention import Intervene, Intervention
from application.ports import OrderViews
from domain.change import Change
from domain.errors import IllegalTransition
from domain.order import Order
from domain.transitions import EventKind


class RetryOrder:
    """Failed -> Pending, due now; `wake` has the dispatcher look for it."""

    def __init__(self, intervene: Intervene, views: OrderViews, wake: Callable[[], object]) -> None:
        self._intervene = intervene
        self._views = views
        self._wake = wake

    def __call__(self, asked: Intervention) -> Order:
        """The order, retried now; or as it is, if that was the last that happened to it.

        Raises IllegalTransition for one that has not failed, and what Intervene does.
        """

        def step(order: Order, now: datetime) -> Change | None:
            try:
                return order.retry(now, asked.actor, asked.reason)
            except IllegalTransition:
                if self._views.history(order.order_id)[-1].kind is EventKind.RETRIED:
                    return None
                raise

        order = self._intervene(asked, step)
        self._wake()
        return order
