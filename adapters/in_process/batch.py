"""Batch: what the recorder stores in one call."""

from typing import NamedTuple

from domain.change import Change
from domain.order import Order

AT_ONCE = 100  # outcomes, and starts, in one call: creates wait for its transaction


class Batch(NamedTuple):
    """What is stored in one call."""

    outcomes: list[Change]
    waiting: list[Order]
    room: int  # for due orders, which are found in the store

    @property
    def starts(self) -> int:
        """The most orders that it starts."""
        return len(self.waiting) + self.room
