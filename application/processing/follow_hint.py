"""FollowHint: work on the order that a hint names, if it is still as the hint says."""

from collections.abc import Callable
from datetime import timedelta

from application.ports import Clock, OrderRepository, RepositoryError
from application.processing.held_orders import HeldOrders
from domain.order import Order
from domain.transitions import OrderStatus

PAUSE_SECONDS = 1.0  # while the store is away


class FollowHint:
    """For queues that carry no more than an id and an attempt.

    `visibility_timeout` is how long a hint is good for: after it, the order is dispatched again.
    """

    def __init__(
        self,
        repository: OrderRepository,
        process: Callable[[Order], None],
        held_orders: HeldOrders,
        clock: Clock,
        visibility_timeout: timedelta,
    ) -> None:
        self._repository = repository
        self._process = process
        self._held = held_orders
        self._clock = clock
        self._visibility_timeout = visibility_timeout

    def __call__(self, order_id: str, attempt: int) -> None:
        """Process the order; do nothing for a hint that is stale or repeated.

        While the store is away, tries again for up to a visibility timeout, or until a clean stop;
        then raises RepositoryError, and the order is dispatched again when it is due.
        """
        gives_up_at = self._clock.monotonic() + self._visibility_timeout.total_seconds()
        while True:
            try:
                return self._follow(order_id, attempt)
            except RepositoryError:
                if self._held.closed or self._clock.monotonic() >= gives_up_at:
                    raise
                self._clock.sleep(PAUSE_SECONDS)

    def _follow(self, order_id: str, attempt: int) -> None:
        order = self._repository.get(order_id)
        if order is None or (order.status, order.attempt) != (OrderStatus.PENDING, attempt):
            return  # the hint is stale
        if self._held.closed:  # on a clean stop: others need not wait for the timeout
            self._repository.reschedule([order], self._clock.now())
        else:
            self._process(order)
