"""ImportOrders: store orders from a file, so that importing it once more changes nothing."""

from collections.abc import Sequence
from typing import NamedTuple

from application.orders.create_order import NewOrder
from application.orders.create_orders import store_new
from application.ports import Clock, OrderRepository
from domain.errors import ConflictingOrder, DuplicateOrder, InvalidOrder, OrderError
from domain.order import Order

CHUNK = 500  # orders in one transaction, which keeps it under 50 ms: other writers wait for it


class Imported(NamedTuple):
    """What became of the orders of one transaction."""

    created: int
    found: int  # stored before, as they were asked for
    refused: dict[int, OrderError]  # by their place among the orders, from 0


class ImportOrders:
    """Stores new orders, due at once: the dispatcher finds them."""

    def __init__(self, repository: OrderRepository, clock: Clock) -> None:
        self._repository = repository
        self._clock = clock

    def __call__(self, asked: Sequence[NewOrder]) -> Imported:
        """Store those that are new and good, in one transaction; callers keep to CHUNK.

        One that is stored already is found if it asks for the same, and refused if not. Raises
        RepositoryError; the same call is safe to repeat then.
        """
        now = self._clock.now()
        outcomes = store_new(self._repository, asked, now, lambda _: now)
        taken = [outcome.order_id for outcome in outcomes if isinstance(outcome, DuplicateOrder)]
        stored = {order.order_id: order for order in self._repository.get_many(taken)}
        refused: dict[int, OrderError] = {}
        for place, (new, outcome) in enumerate(zip(asked, outcomes, strict=True)):
            if isinstance(outcome, InvalidOrder):
                refused[place] = outcome
            elif isinstance(outcome, DuplicateOrder):
                differing = _differing(new, stored[new.order_id])
                if differing:
                    refused[place] = ConflictingOrder(new.order_id, differing)
        created = sum(isinstance(outcome, Order) for outcome in outcomes)
        return Imported(created, len(asked) - created - len(refused), refused)


def _differing(new: NewOrder, stored: Order) -> list[str]:
    return [name for name in NewOrder._fields if getattr(new, name) != getattr(stored, name)]
