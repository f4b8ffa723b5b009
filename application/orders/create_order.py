"""CreateOrder: take an order in, so that it is never lost, and hint at it to the queue."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from application.ports import Clock, OrderRepository, ProcessingQueue, RepositoryError
from application.processing.backlog import Backlog
from domain.errors import DuplicateOrder
from domain.order import Order

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """What a customer asks for."""

    order_id: str
    user_id: int
    item_ids: tuple[int, ...]
    total_amount: Decimal


class CreateOrder:
    """Stores one new order; `hold` is how long the queue keeps a hint before it is looked for."""

    def __init__(
        self,
        repository: OrderRepository,
        queue: ProcessingQueue,
        backlog: Backlog,
        clock: Clock,
        hold: timedelta,
    ) -> None:
        self._repository = repository
        self._queue = queue
        self._backlog = backlog
        self._clock = clock
        self._hold = hold

    def __call__(self, new: NewOrder) -> Order:
        """Returns the stored order; raises InvalidOrder, DuplicateOrder and RepositoryError."""
        now = self._clock.now()
        at_once = self._backlog.admits(self._queue)
        order = Order.new(
            order_id=new.order_id,
            user_id=new.user_id,
            item_ids=new.item_ids,
            total_amount=new.total_amount,
            now=now,
            due_at=now + self._hold if at_once else now,
        )
        if self._repository.add([order]):
            raise DuplicateOrder(order.order_id)
        if at_once and not self._queue.submit(order):
            self._line_up(order)
        return order

    def _line_up(self, order: Order) -> None:
        """Too many came at one moment: make it due now, so that it waits its turn, not a lease."""
        self._backlog.exists = True
        try:
            self._repository.reschedule([order], order.created_at)
        except RepositoryError as error:  # it is stored, and due when its hold ends
            log.debug("order %s: not in line yet: %s", order.order_id, error)
