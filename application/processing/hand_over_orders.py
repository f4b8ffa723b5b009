"""HandOverOrders: give the queue as many due Pending orders as it has room for."""

from datetime import datetime, timedelta

from application.ports import Clock, OrderRepository, ProcessingQueue
from application.processing.backlog import Backlog
from application.processing.holdings import Holdings
from domain.order import Order
from domain.retry_policy import RetryPolicy
from domain.transitions import OrderStatus


class HandOverOrders:
    """The longest due go first; each is left alone by others for `hold` from then on."""

    def __init__(
        self,
        repository: OrderRepository,
        queue: ProcessingQueue,
        backlog: Backlog,
        holdings: Holdings,
        clock: Clock,
        policy: RetryPolicy,
        hold: timedelta,
    ) -> None:
        self._repository = repository
        self._queue = queue
        self._backlog = backlog
        self._holdings = holdings
        self._clock = clock
        self._policy = policy
        self._hold = hold

    def __call__(self) -> None:
        """Notes a backlog while there is more than room. Two at once do no harm: each compares."""
        room = self._queue.free_slots()
        if room <= 0:
            return
        now = self._clock.now()
        limit = room + len(self._holdings)  # what is held here must not hide what is not
        found = self._repository.find_due(
            OrderStatus.PENDING,
            now=now,
            horizon=now + max(self._policy.cap, 2 * self._hold),
            limit=limit,
        )
        waiting = [order for order in found if order.order_id not in self._holdings]
        self._backlog.exists = len(waiting) > room or len(found) == limit
        if waiting:
            self._hand_over(waiting[:room], now)

    def _hand_over(self, due: list[Order], now: datetime) -> None:
        moved = self._repository.reschedule(due, now + self._hold, unmoved=True)
        mine = [order for order, is_mine in zip(due, moved, strict=True) if is_mine]
        refused = [order for order in mine if not self._queue.submit(order)]
        if refused:
            self._backlog.exists = True
            self._repository.reschedule(refused, now)
