"""PopulateOrders: simulate load by creating many orders at once."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from application.ports import Clock, OrderRepository
from domain.errors import DuplicateBatch
from domain.order import Order
from domain.rules import check_batch_id

MAX_ENTRIES = 1_000_000
CHUNK = 500  # orders in one transaction, which keeps it under 50 ms: other writers wait for it


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulateResult:
    """What became of a batch; `taken` are the ids that existed already."""

    batch_id: str
    total_entries: int
    taken: list[str]

    @property
    def first_order_id(self) -> str:
        """The first order of the batch, whoever created it."""
        return _order_id(self.batch_id, 1)

    @property
    def success_count(self) -> int:
        """How many orders were created."""
        return self.total_entries - len(self.taken)


class PopulateOrders:
    """Creates sim_<batch_id>_1 to sim_<batch_id>_<n>; the sweeper finds them in the database."""

    def __init__(self, repository: OrderRepository, clock: Clock) -> None:
        self._repository = repository
        self._clock = clock

    def __call__(
        self,
        total_entries: int,
        batch_id: str | None = None,
        on_progress: Callable[[int, int], None] = lambda created, taken: None,
    ) -> PopulateResult:
        """Store the batch in chunks, each all or nothing, and report after each what became of it.

        Raises InvalidOrder for a bad batch_id and DuplicateBatch for one used before, even if
        the process that used it died midway.
        """
        batch_id = self._claim(batch_id)
        taken: list[str] = []
        for first in range(1, total_entries + 1, CHUNK):
            numbers = range(first, min(first + CHUNK, total_entries + 1))
            taken_now = self._repository.add(list(self._simulate(batch_id, numbers)))
            on_progress(len(numbers) - len(taken_now), len(taken_now))
            taken += taken_now
        return PopulateResult(batch_id=batch_id, total_entries=total_entries, taken=taken)

    def _claim(self, batch_id: str | None) -> str:
        if batch_id is not None:
            check_batch_id(batch_id)
            if not self._repository.claim_batch(batch_id, self._clock.now()):
                raise DuplicateBatch(batch_id)
            return batch_id
        while True:  # eight digits are the specification's; a collision is rare, not impossible
            batch_id = uuid.uuid4().hex[:8]
            if self._repository.claim_batch(batch_id, self._clock.now()):
                return batch_id

    def _simulate(self, batch_id: str, numbers: range) -> Iterator[Order]:
        now = self._clock.now()
        return (_simulated_order(batch_id, number, now) for number in numbers)


def _order_id(batch_id: str, number: int) -> str:
    return f"sim_{batch_id}_{number}"


def _simulated_order(batch_id: str, number: int, now: datetime) -> Order:
    return Order.new(
        order_id=_order_id(batch_id, number),
        user_id=0,
        item_ids=tuple(range(101, 102 + number % 3)),
        total_amount=Decimal(100 + number % 100_000).scaleb(-2),
        now=now,
        due_at=now,
    )
