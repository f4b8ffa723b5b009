"""FollowHints: pass the orders that hints name on to the workers of this process."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import NamedTuple

from application.ports import Clock, OrderRepository, ProcessingQueue, RepositoryError
from application.processing.held_orders import HeldOrders
from domain.order import Order
from domain.transitions import OrderStatus

PAUSE_SECONDS = 1.0  # while the store is away


class Hint(NamedTuple):
    """The order could be worked on, if it still is at this attempt."""

    order_id: str
    attempt: int


class FollowHints:
    """For queues that carry no more than ids and attempts.

    `wait_for_room` returns once `queue`, of this process, has room or is closed.
    `visibility_timeout` is how long a hint is good for: after it, the order is dispatched again.
    """

    def __init__(
        self,
        repository: OrderRepository,
        queue: ProcessingQueue,
        wait_for_room: Callable[[], None],
        held_orders: HeldOrders,
        clock: Clock,
        visibility_timeout: timedelta,
    ) -> None:
        self._repository = repository
        self._queue = queue
        self._wait_for_room = wait_for_room
        self._held = held_orders
        self._clock = clock
        self._visibility_timeout = visibility_timeout

    def __call__(self, hints: Sequence[Hint]) -> None:
        """Have the orders worked on; pass over hints that are stale or repeated.

        Blocks until there is room for some; orders that are refused after all, on a clean stop for
        example, are due at once. While the store is away, tries again for up to a visibility
        timeout, or until a clean stop; then raises RepositoryError, and the orders are dispatched
        again when they are due.
        """
        self._wait_for_room()
        gives_up_at = self._clock.monotonic() + self._visibility_timeout.total_seconds()
        while True:
            try:
                return self._follow(hints)
            except RepositoryError:
                if self._held.closed or self._clock.monotonic() >= gives_up_at:
                    raise
                self._clock.sleep(PAUSE_SECONDS)

    def _follow(self, hints: Sequence[Hint]) -> None:
        good = set(hints)
        refused = [
            order
            for order in self._repository.get_many([hint.order_id for hint in hints])
            if _may_start(order, good) and not self._queue.submit(order)
        ]
        if refused:
            self._repository.reschedule(refused, self._clock.now())


def _may_start(order: Order, hints: set[Hint]) -> bool:
    is_pending = order.status is OrderStatus.PENDING
    return is_pending and Hint(order.order_id, order.attempt) in hints
