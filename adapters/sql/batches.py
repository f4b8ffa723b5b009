"""BatchRepository on SQL."""

from collections.abc import Sequence

from adapters.sql.database import Database
from adapters.sql.write_path.call import CallOnNoOrder, CallOnOrders
from adapters.sql.write_path.write_set import WriteSet
from application.ports import Once
from domain.batch import Batch
from domain.order import Order


class SqlBatchRepository:
    """A batch is a row, which changes in the same transactions as its orders."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, batch: Batch) -> Batch:
        return self._database.write(Claim(batch))

    def fill(
        self, batch: Batch, orders: Sequence[Order], once: Once | None = None
    ) -> list[str] | None:
        return self._database.write(Fill(batch, orders, once))


class Claim(CallOnNoOrder):
    """BatchRepository.claim"""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    def apply(self, write_set: WriteSet) -> Batch:
        found = write_set.lock_batch(self._batch.batch_id)
        if found is None:
            write_set.insert_batch(self._batch)
        return found or self._batch


class Fill(CallOnOrders):
    """BatchRepository.fill"""

    def __init__(self, batch: Batch, orders: Sequence[Order], once: Once | None = None) -> None:
        super().__init__(orders)
        self._batch = batch
        self._once = once

    def apply(self, write_set: WriteSet) -> list[str] | None:
        if write_set.lock_batch(self._batch.batch_id) != self._batch:
            return None
        if not write_set.check_unused(self._once):
            return None
        taken = [order.order_id for order in self.orders if not write_set.add(order)]
        write_set.update_batch(self._batch.filled(len(self.orders), len(taken)))
        write_set.keep(self._once, taken)
        return taken
