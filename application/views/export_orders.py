"""ExportOrders: all orders of one moment, page by page."""

from collections.abc import Collection, Iterator
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, NamedTuple

from application.ports import OrderRepository, OrderViews
from domain.order import Order
from domain.transitions import OrderStatus

PAGE = 500  # orders in memory


class Export(NamedTuple):
    """How many orders there are, and the orders."""

    total: int
    pages: Iterator[list[Order]]


class ExportOrders:
    """Reads which orders there are at once, and the orders themselves as they are needed."""

    def __init__(self, views: OrderViews, repository: OrderRepository) -> None:
        self._views = views
        self._repository = repository

    def __call__(self, statuses: Collection[OrderStatus] = tuple(OrderStatus)) -> Export:
        """The orders that are in these statuses now; each is read later, as it is by then.

        What customers asked for never changes, so all of that is of one moment. Raises
        RepositoryUnavailable, also while pages are read.
        """
        ids = TemporaryFile("w+", encoding="ascii")  # noqa: SIM115  # _pages closes it
        total = 0
        with self._views.snapshot() as snapshot:  # left soon: an open one is a burden to writers
            for status in OrderStatus:
                if status in statuses:
                    for order_id in snapshot.order_ids(status):
                        ids.write(f"{order_id}\n")
                        total += 1
        ids.seek(0)
        return Export(total, self._pages(ids))

    def _pages(self, ids: IO[str]) -> Iterator[list[Order]]:
        with ids:
            while page := [line.rstrip() for line in islice(ids, PAGE)]:
                yield self._repository.get_many(page)
