"""CreateOrder: store a new order, so that it is never lost, and give the queue a hint of it."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from application.ports import Clock, OrderRepository, ProcessingQueue, RepositoryError
from application.processing.overflow import Overflow
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
    """Stores one new order.

    `visibility_timeout` is how long the queue has to get the order started: after it the order
    is due, and the dispatcher gives out another hint.
    """

    def __init__(
        self,
        repository: OrderRepository,
        queue: ProcessingQueue,
        overflow: Overflow,
        clock: Clock,
        visibility_timeout: timedelta,
    ) -> None:
        self._repository = repository
        self._queue = queue
        self._overflow = overflow
        self._clock = clock
        self._visibility_timeout = visibility_timeout

    def __call__(self, new: NewOrder) -> Order:
        """Store the order, hand it to the queue, and return it; it is on disk by then.

        Raises InvalidOrder, DuplicateOrder and RepositoryError.
        """
        now = self._clock.now()
        at_once = self._overflow.admits(self._queue)
        order = Order.new(
            order_id=new.order_id,
            user_id=new.user_id,
            item_ids=new.item_ids,
            total_amount=new.total_amount,
            now=now,
            due_at=now + self._visibility_timeout if at_once else now,
        )
        if self._repository.add([order]):
            raise DuplicateOrder(order.order_id)
        if at_once and not self._queue.submit(order):
            self._make_due(order)
        return order

    def _make_due(self, order: Order) -> None:
        """The queue is full after all: due now, the order does not wait for the timeout."""
        self._overflow.found_no_room()
        try:
            self._repository.reschedule([order], order.created_at)
        except RepositoryError as error:  # it is stored, and due when that timeout ends
            log.debug("order %s: due only after its visibility timeout: %s", order.order_id, error)
