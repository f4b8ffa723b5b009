"""The calls that write, as values, so that several can share one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.batch import Batch
from domain.order import Change, Order


@dataclass(frozen=True, slots=True)
class Add:
    """OrderRepository.add"""

    orders: Sequence[Order]

    def order_ids(self) -> list[str]:
        """The orders that must be looked at first."""
        return [order.order_id for order in self.orders]

    @property
    def size(self) -> int:
        """How many orders it is about."""
        return len(self.orders)


@dataclass(frozen=True, slots=True)
class Update:
    """OrderRepository.update"""

    changes: Sequence[Change]

    def order_ids(self) -> list[str]:
        """The orders that must be looked at first."""
        return [change.old.order_id for change in self.changes]

    @property
    def size(self) -> int:
        """How many orders it is about."""
        return len(self.changes)


@dataclass(frozen=True, slots=True)
class Reschedule:
    """OrderRepository.reschedule"""

    orders: Sequence[Order]
    due_at: datetime
    unmoved: bool

    def order_ids(self) -> list[str]:
        """The orders that must be looked at first."""
        return [order.order_id for order in self.orders]

    @property
    def size(self) -> int:
        """How many orders it is about."""
        return len(self.orders)


@dataclass(frozen=True, slots=True)
class ClaimBatch:
    """OrderRepository.claim_batch"""

    batch: Batch
    size: int = 1

    def order_ids(self) -> list[str]:
        """None."""
        return []


@dataclass(frozen=True, slots=True)
class FillBatch:
    """OrderRepository.fill_batch"""

    batch: Batch
    orders: Sequence[Order]

    def order_ids(self) -> list[str]:
        """The orders that must be looked at first."""
        return [order.order_id for order in self.orders]

    @property
    def size(self) -> int:
        """How many orders it is about."""
        return len(self.orders)


@dataclass(frozen=True, slots=True)
class PlaceEvents:
    """Give events that have none yet their places in the feed; True when there were any."""

    limit: int
    size: int = 1

    def order_ids(self) -> list[str]:
        """None."""
        return []


@dataclass(frozen=True, slots=True)
class Probe:
    """OrderRepository.probe; in a transaction of its own, for all processes write to one row."""

    at: datetime
    size: int = 1

    def order_ids(self) -> list[str]:
        """None."""
        return []


Call = Add | Update | Reschedule | ClaimBatch | FillBatch | PlaceEvents | Probe
Result = list[str] | list[bool] | list[timedelta] | list[Batch] | None
