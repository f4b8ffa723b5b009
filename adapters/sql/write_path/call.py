"""Call: one call of a port that writes, as a value, so that several can share a transaction.

The repositories and the feed define calls; group commit and the committer run them in the writer's
thread.
"""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from adapters.sql.write_path.write_set import WriteSet
from domain.order import Order

R_co = TypeVar("R_co", covariant=True)


class Call(Protocol[R_co]):
    """What a port asks to be written, whose result is R."""

    @property
    def size(self) -> int:
        """How much it adds to a group, in orders; at least 1."""

    @property
    def is_alone(self) -> bool:
        """Whether it needs a transaction of its own, after that of the rest of its group."""

    def order_ids(self) -> Sequence[str]:
        """The orders whose rows are locked and read before it is applied."""

    def apply(self, write_set: WriteSet) -> R_co:
        """Do it on the write set, which already holds what the calls before it did."""


class CallOnOrders:
    """Base of a Call that locks these orders; a subclass adds `apply`."""

    is_alone = False

    def __init__(self, orders: Sequence[Order]) -> None:
        self.orders = orders

    @property
    def size(self) -> int:
        return max(1, len(self.orders))

    def order_ids(self) -> Sequence[str]:
        return [order.order_id for order in self.orders]


class CallOnNoOrder:
    """Base of a Call that locks no orders; a subclass adds `apply`."""

    is_alone = False
    size = 1

    def order_ids(self) -> Sequence[str]:
        return ()
