"""FollowHints: pass the orders that hints name on to the workers of this process."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import NamedTuple

from application.ports import Clock, OrderRepository, ProcessingQueue, RepositoryError
from application.processing.breaker import Breaker
from application.processing.held_orders import HeldOrders
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
        breaker: Breaker,
        clock: Clock,
        visibility_timeout: timedelta,
    ) -> None:
        self._repository = repository
        self._queue = queue
        self._wait_for_room = wait_for_room
        self._held = held_orders
        self._breaker = breaker
        self._clock = clock
        self._visibility_timeout = visibility_timeout

    def __call__(self, hints: Sequence[Hint]) -> None:
        """Have the orders worked on, in this order; pass over hints that are stale or repeated.

        Blocks while there is no room, and forgets hints that are no longer good. On a clean stop
        the orders are due at once. While the store is away, tries again until the hints are no
        longer good, or until a clean stop; then raises RepositoryError, and the orders are
        dispatched again when they are due.
        """
        good_until = self._clock.monotonic() + self._visibility_timeout.total_seconds()
        rest = list(hints)
        while rest and self._clock.monotonic() < good_until:
            self._wait_for_room()
            room = self._queue.free_slots() or len(rest)  # none once closed: then all are due
            self._follow(rest[:room], good_until)
            rest = rest[room:]

    def _follow(self, hints: Sequence[Hint], good_until: float) -> None:
        while True:
            try:
                return self._pass_on(hints)
            except RepositoryError:
                if self._held.closed or self._clock.monotonic() >= good_until:
                    raise
                self._clock.sleep(PAUSE_SECONDS)

    def _pass_on(self, hints: Sequence[Hint]) -> None:
        found = self._repository.get_many([hint.order_id for hint in hints])
        pending = {
            Hint(order.order_id, order.attempt): order
            for order in found
            if order.status is OrderStatus.PENDING and not order.is_held
        }
        orders = [pending[hint] for hint in dict.fromkeys(hints) if hint in pending]
        refused = [order for order in orders if not self._queue.submit(order)]
        if refused:
            # Later while nobody can be reached: their hints would come back at once.
            self._repository.reschedule(refused, self._clock.now() + self._breaker.wait())
