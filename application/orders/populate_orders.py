"""PopulateOrders: simulate load by creating many orders at once."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from application.orders.repeatable import Repeatable
from application.orders.simulated_order import order_id_of, simulated_order
from application.ports import BatchRepository, Clock, Once
from domain.batch import Batch
from domain.errors import BatchInProgress, DuplicateBatch
from domain.rules import check_batch_id

MAX_ENTRIES = 1_000_000
CHUNK = 500  # orders in one transaction, which keeps it under 50 ms: other writers wait for it
KEY_DIGITS = 32  # of the key, in the name of its batch: 128 bits, so that no two keys meet


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulateResult:
    """What became of a batch; `taken_ids` existed already when this run tried them."""

    batch: Batch
    done_before: int  # entries that earlier runs had gone through
    taken_ids: list[str]

    @property
    def first_order_id(self) -> str:
        """The first order of the batch, whoever created it."""
        return order_id_of(self.batch.batch_id, 1)


class PopulateOrders:
    """Creates sim_<batch_id>_1 to sim_<batch_id>_<n>, due at once: the dispatcher finds them."""

    def __init__(self, batches: BatchRepository, clock: Clock) -> None:
        self._batches = batches
        self._clock = clock

    def __call__(
        self,
        total_entries: int,
        batch_id: str | None = None,
        on_progress: Callable[[int, int], None] = lambda created, taken: None,
        *,
        seed: int | None = None,
        pace: Callable[[Batch], int] = lambda batch: CHUNK,
        repeatable: Repeatable | None = None,
    ) -> PopulateResult:
        """Store the batch in chunks of up to CHUNK orders, each all or nothing.

        The same id and number again go on where an earlier run was cut short; the seed, which is
        stored nowhere, should be the same as well. `on_progress` gets how many were created and how
        many were taken: by earlier runs first, then in each chunk. A `repeatable` request's answer
        is stored with the last chunk, and its batch is named after its key, unless it has a name:
        so a request that comes again goes on with it. `pace` says how many more the
        batch is to get now, at least 1, and may block until it is time. Callers keep
        `total_entries` from 1 to MAX_ENTRIES. Raises InvalidOrder for a bad batch_id,
        DuplicateBatch for one that is done or of another size, BatchInProgress when another run
        is filling it, and RepositoryError, with the chunks before it stored.
        """
        if repeatable is not None and batch_id is None:
            batch_id = repeatable.key[:KEY_DIGITS]
        batch = self._claim(total_entries, batch_id)
        done_before = batch.done
        if done_before:
            on_progress(batch.created, batch.taken)
        taken_ids: list[str] = []
        while not batch.is_finished:
            last = min(batch.done + pace(batch), total_entries)
            numbers = range(batch.done + 1, last + 1)
            now = self._clock.now()
            orders = [simulated_order(batch.batch_id, number, seed, now) for number in numbers]
            once: Once | None = None
            if repeatable is not None and last == total_entries:
                result_with = partial(_last_result, batch, done_before, taken_ids, len(orders))
                once = repeatable.once_known(now, result_with)
            taken_now = self._batches.fill(batch, orders, once)
            if taken_now is None:
                raise BatchInProgress(batch.batch_id)
            batch = batch.filled(len(numbers), len(taken_now))
            on_progress(len(numbers) - len(taken_now), len(taken_now))
            taken_ids += taken_now
        return PopulateResult(batch=batch, done_before=done_before, taken_ids=taken_ids)

    def _claim(self, total_entries: int, batch_id: str | None) -> Batch:
        if batch_id is None:
            return self._claim_any(total_entries)
        check_batch_id(batch_id)
        stored = self._batches.claim(self._new_batch(batch_id, total_entries))
        if stored.is_finished or stored.total_entries != total_entries:
            raise DuplicateBatch(stored)
        return stored

    def _claim_any(self, total_entries: int) -> Batch:
        while True:  # the specification wants eight digits; a collision is rare, not impossible
            batch = self._new_batch(uuid.uuid4().hex[:8], total_entries)
            if self._batches.claim(batch) == batch:  # not an earlier one: its claimed_at differs
                return batch

    def _new_batch(self, batch_id: str, total_entries: int) -> Batch:
        now = self._clock.now()
        return Batch(batch_id=batch_id, total_entries=total_entries, claimed_at=now)


def _last_result(
    batch: Batch, done_before: int, taken_ids: list[str], entries: int, taken_now: list[str]
) -> PopulateResult:
    """Once the last `entries` of the batch are done."""
    return PopulateResult(
        batch=batch.filled(entries, len(taken_now)),
        done_before=done_before,
        taken_ids=[*taken_ids, *taken_now],
    )
