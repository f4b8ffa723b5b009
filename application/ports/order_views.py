"""OrderViews: what can be read of all orders, or of an order's past."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from domain.events import OrderEvent
from domain.totals import Totals
from domain.transitions import OrderStatus


class OrderViews(Protocol):
    """Reads of what is committed.

    Every method may block on the store for up to ten seconds, may be called from any thread, and
    raises RepositoryUnavailable.
    """

    def history(self, order_id: str) -> list[OrderEvent]:
        """The order's events, oldest first; empty for an unknown order."""

    def totals(self) -> Totals:
        """The sums over all orders, at a cost that does not grow with their number."""

    def count_due_before(self, moment: datetime, order_id: str, most: int) -> int:
        """How many Pending orders are due before that one, at that moment; counted up to `most`.

        Of those that are due at the same moment, as the orders of a batch are, those of lesser ids.
        """

    def snapshot(self) -> AbstractContextManager["OrderSnapshot"]:
        """The totals and the ids of one moment. Leave the block soon: a writer may wait for it."""


class OrderSnapshot(Protocol):
    """All orders at one moment; valid inside its `with` block."""

    def totals(self) -> Totals:
        """The sums at that moment."""

    def order_ids(self, status: OrderStatus) -> Iterator[str]:
        """The ids in that status at that moment, in any order, fetched as they are read."""
