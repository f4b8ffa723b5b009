"""DispatchDueOrders: give the queue as many due Pending orders as it has room for."""

from datetime import datetime, timedelta

from application.ports import Clock, OrderRepository, ProcessingQueue
from application.processing.held_orders import HeldOrders
from application.processing.overflow import Overflow
from domain.order import Order
from domain.retry_policy import RetryPolicy
from domain.transitions import OrderStatus


class DispatchDueOrders:
    """The longest due go first.

    Nobody else dispatches one of them again before `visibility_timeout` has passed.
    """

    def __init__(
        self,
        repository: OrderRepository,
        queue: ProcessingQueue,
        overflow: Overflow,
        held_orders: HeldOrders,
        clock: Clock,
        policy: RetryPolicy,
        visibility_timeout: timedelta,
    ) -> None:
        self._repository = repository
        self._queue = queue
        self._overflow = overflow
        self._held = held_orders
        self._clock = clock
        self._policy = policy
        self._visibility_timeout = visibility_timeout

    def __call__(self) -> None:
        """Dispatch what is due, up to the queue's room, and note whether more is due than that.

        Two processes at once do no harm: each write compares. Raises RepositoryError.
        """
        room = self._queue.free_slots()
        if room <= 0:
            return
        now = self._clock.now()
        limit = room + len(self._held)  # due orders held here are found too, and passed over
        found = self._repository.find_due(
            OrderStatus.PENDING,
            now=now,
            # Rightly none is due later: a back-off ends within the cap, a hint within its timeout.
            horizon=now + max(self._policy.cap, 2 * self._visibility_timeout),
            limit=limit,
        )
        waiting = [order for order in found if order.order_id not in self._held]
        found_all = len(found) < limit
        self._overflow.found_due(more_than_room=len(waiting) > room or not found_all)
        if waiting:
            self._dispatch(waiting[:room], now)

    def _dispatch(self, due: list[Order], now: datetime) -> None:
        moved = self._repository.reschedule(
            due, now + self._visibility_timeout, if_due_at_unchanged=True
        )
        mine = [order for order, is_mine in zip(due, moved, strict=True) if is_mine]
        refused = [order for order in mine if not self._queue.submit(order)]
        if refused:
            self._overflow.found_no_room()
            self._repository.reschedule(refused, now)
