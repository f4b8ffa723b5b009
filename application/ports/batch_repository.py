"""BatchRepository: which batches of simulated orders were begun, and how far they are."""

from collections.abc import Sequence
from typing import Protocol

from application.ports.kept_answers import Once
from domain.batch import Batch
from domain.order import Order


class BatchRepository(Protocol):
    """Keeps batches. Blocks and raises as OrderRepository does; each call is all or nothing."""

    def claim(self, batch: Batch) -> Batch:
        """Reserve its id for ever. Returns what is stored now: `batch`, or an earlier one."""

    def fill(
        self, batch: Batch, orders: Sequence[Order], once: Once | None = None
    ) -> list[str] | None:
        """As OrderRepository.add; stores with it that these entries of the batch are done.

        Returns the ids that existed already, or None, with nothing stored, when the stored batch
        is no longer `batch`: another run is filling it; or when the key of `once` is used.
        """
