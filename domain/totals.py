"""Totals: how many orders are in each status, and how long the completed ones took."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import timedelta
from operator import add, attrgetter
from typing import Self

from domain.order import Order
from domain.transitions import OrderStatus

_MICROSECOND = timedelta(microseconds=1)
_NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over orders, or the difference of two such sums, which may be negative.

    Each status has a field of its name.
    """

    pending: int = 0
    processing: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    processing_us: int = 0  # of the completed orders, from start to end, in microseconds
    total_us: int = 0  # of the completed orders, from creation to end, in microseconds

    @classmethod
    def of(cls, changes: Iterable[tuple[Order | None, Order]]) -> Self:
        """What the (old, new) pairs add to the sums; old is None for a new order."""
        counts = dict.fromkeys(OrderStatus, 0)
        processing_us = total_us = 0
        for old, new in changes:
            if old is not None:
                counts[old.status] -= 1
            counts[new.status] += 1
            if new.status is OrderStatus.COMPLETED:
                processing_us += (new.processing_duration or _NO_TIME) // _MICROSECOND
                total_us += (new.total_duration or _NO_TIME) // _MICROSECOND
        by_field = {status.lower(): count for status, count in counts.items()}
        return cls(**by_field, processing_us=processing_us, total_us=total_us)

    def __add__(self, other: Self) -> Self:
        return type(self)(*map(add, self.values(), other.values()))

    def values(self) -> tuple[int, ...]:
        """All sums, in the order of the fields."""
        values: tuple[int, ...] = _values(self)
        return values

    def count(self, status: OrderStatus) -> int:
        """How many orders are in that status."""
        count: int = getattr(self, status.lower())
        return count

    @property
    def order_count(self) -> int:
        """How many orders there are."""
        return self.pending + self.processing + self.completed + self.failed + self.cancelled

    @property
    def average_processing_seconds(self) -> float:
        """Of the completed orders, from start to end; 0 while there is none."""
        return self._average_seconds(self.processing_us)

    @property
    def average_total_seconds(self) -> float:
        """Of the completed orders, from creation to end; 0 while there is none."""
        return self._average_seconds(self.total_us)

    def _average_seconds(self, sum_us: int) -> float:
        return round(sum_us / self.completed) / 1e6 if self.completed else 0.0


_values = attrgetter(*(field.name for field in fields(Totals)))
