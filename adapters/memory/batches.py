"""BatchRepository in memory."""

from collections.abc import Sequence

from adapters.memory.database import InMemoryDatabase
from application.ports import Once
from domain.batch import Batch
from domain.order import Order


class InMemoryBatchRepository:
    """The database's lock makes each call atomic."""

    def __init__(self, database: InMemoryDatabase) -> None:
        self._database = database

    def claim(self, batch: Batch) -> Batch:
        with self._database.lock:
            return self._database.batches.setdefault(batch.batch_id, batch)

    def fill(
        self, batch: Batch, orders: Sequence[Order], once: Once | None = None
    ) -> list[str] | None:
        with self._database.lock:
            if self._database.batches.get(batch.batch_id) != batch:
                return None
            if once is not None and once.key in self._database.answers:
                return None
            taken = self._database.add(orders)
            self._database.batches[batch.batch_id] = batch.filled(len(orders), len(taken))
            self._database.keep(once, taken)
            return taken
