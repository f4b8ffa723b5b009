"""CreateOrder: store a new order, so that it is never lost, and give the queue a hint of it."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from application.orders.repeatable import Repeatable
from application.ports import Clock, OrderRepository, ProcessingQueue, RepositoryError
from application.processing.overflow import Overflow
from domain.errors import DuplicateOrder
from domain.order import Order

log = logging.getLogger(__name__)


class NewOrder(NamedTuple):
    """What a customer asks for; its fields are arguments of Order.new."""

    order_id: str
    user_id: int
    item_ids: tuple[int, ...]
    total_amount: Decimal
    not_before: datetime | None = None


class Intake:
    """What CreateOrder and CreateOrders have in common.

    `visibility_timeout` is how long the queue has to get an order started: after it the order is
    due, and the dispatcher gives out another hint.
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

    def _make_due(self, orders: Sequence[Order], now: datetime) -> None:
        """The queue is full after all: due now, they do not wait for the timeout."""
        self._overflow.found_no_room()
        try:
            self._repository.reschedule(orders, now)
        except RepositoryError as error:  # they are stored, and due when that timeout ends
            log.debug(
                "%d orders from %s on: due only after their visibility timeout: %s",
                len(orders),
                orders[0].order_id,
                error,
            )


class CreateOrder(Intake):
    """Stores one new order."""

    def __call__(self, new: NewOrder, repeatable: Repeatable | None = None) -> Order:
        """Store the order, hand it to the queue, and return it; it is on disk by then.

        Raises InvalidOrder, DuplicateOrder, RepositoryError, and KeyUsed for a repeated request.
        """
        now = self._clock.now()
        at_once = self._overflow.room_in(self._queue) > 0
        due_at = now + self._visibility_timeout if at_once else now
        order = Order.new(**new._asdict(), now=now, due_at=due_at)
        once = None if repeatable is None else repeatable.once(order, now)
        if self._repository.add([order], once):
            raise DuplicateOrder(order.order_id)
        is_scheduled = new.not_before is not None and order.is_scheduled
        if at_once and not is_scheduled and not self._queue.submit(order):
            self._make_due([order], now)
        return order
