"""CreateOrders: store many new orders in one transaction; one that is refused harms no other."""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import dropwhile

from application.orders.create_order import Intake, NewOrder
from application.orders.repeatable import Repeatable
from application.ports import OrderRepository
from domain.errors import DuplicateOrder, InvalidOrder
from domain.order import Order

MAX_ORDERS = 1_000  # in one transaction, for which other writers wait

Outcome = Order | Exception  # the order that is stored, or why it is not
Refuse = Callable[[int, InvalidOrder], Exception]  # of the order at that place, from 0


def as_it_is(_: int, error: InvalidOrder) -> Exception:
    """Say no more of it than the domain does."""
    return error


class CreateOrders(Intake):
    """Stores up to MAX_ORDERS new orders."""

    def __call__(
        self,
        asked: Sequence[NewOrder],
        repeatable: Repeatable | None = None,
        refuse: Refuse = as_it_is,
    ) -> list[Outcome]:
        """Store those that are good, hand them to the queue, and return what became of each.

        That is DuplicateOrder for one whose id is taken, and for a bad one what `refuse` makes of
        its fault, before anything is stored. Those for which the queue has no room are due at once:
        the dispatcher finds them. Raises RepositoryError, and KeyUsed for a repeated request.
        """
        now = self._clock.now()
        room = self._overflow.room_in(self._queue)
        later = now + self._visibility_timeout
        outcomes = store_new(
            self._repository,
            asked,
            now,
            lambda count: later if count < room else now,
            repeatable,
            refuse,
        )
        stored = [outcome for outcome in outcomes if isinstance(outcome, Order)]
        to_start = [order for order in stored if not order.is_scheduled]
        for_queue = [order for order in to_start if order.due_at == later]
        refused = list(dropwhile(self._queue.submit, for_queue))  # the first, and all behind it
        if refused:
            self._make_due(refused, now)
        elif len(to_start) > len(for_queue):
            self._overflow.found_no_room()
        return outcomes


def store_new(
    repository: OrderRepository,
    asked: Sequence[NewOrder],
    now: datetime,
    due_at: Callable[[int], datetime],
    repeatable: Repeatable | None = None,
    refuse: Refuse = as_it_is,
) -> list[Outcome]:
    """Store those that are good in one transaction; returns what became of each, in their order.

    Of two with one id the first is stored. `due_at` says when an order is due that comes behind so
    many others which are to start. Raises RepositoryError, and KeyUsed for a repeated request.
    """
    made: dict[str, Order] = {}
    outcomes: list[Outcome] = []
    to_start = 0
    for place, new in enumerate(asked):
        try:
            order = Order.new(**new._asdict(), now=now, due_at=due_at(to_start))
        except InvalidOrder as error:
            outcomes.append(refuse(place, error))
        else:
            is_first = made.setdefault(order.order_id, order) is order
            to_start += is_first and not order.is_scheduled
            outcomes.append(order if is_first else DuplicateOrder(order.order_id))

    def outcomes_with(taken: Sequence[str]) -> list[Outcome]:
        ids = set(taken)
        return [
            DuplicateOrder(outcome.order_id)
            if isinstance(outcome, Order) and outcome.order_id in ids
            else outcome
            for outcome in outcomes
        ]

    once = None if repeatable is None else repeatable.once_known(now, outcomes_with)
    return outcomes_with(repository.add(list(made.values()), once) if made else [])
