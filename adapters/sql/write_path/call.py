"""Call: one call of a port that writes, as a value, so that several can share a transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from adapters.sql.write_path.write_set import WriteSet
from domain.order import Order

R_co = TypeVar("R_co", covariant=True)


class Call(Protocol[R_co]):
    """What a port asks to be written, whose result is R."""

    @property
    def size(self) -> int:
        """How many orders it is about, at least 1."""

    @property
    def is_alone(self) -> bool:
        """Whether it wants a transaction of its own."""

    def order_ids(self) -> Sequence[str]:
        """The orders whose rows are locked and read before it is applied."""

    def apply(self, write_set: WriteSet) -> R_co:
        """Do it, as if it were the only one in its transaction; the calls before it were first."""


@dataclass(frozen=True, slots=True)
class CallOnOrders:
    """The half of a Call that is about some orders."""

    orders: Sequence[Order]

    is_alone = False

    @property
    def size(self) -> int:
        return max(1, len(self.orders))

    def order_ids(self) -> Sequence[str]:
        return [order.order_id for order in self.orders]


class CallOnNoOrder:
    """The half of a Call that looks at no order."""

    size = 1
    is_alone = False

    def order_ids(self) -> Sequence[str]:
        return ()
