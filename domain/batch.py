"""A batch of simulated orders: for how many it was claimed, and how far it has come."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One batch at one moment; its entries are numbered from 1 and created in that order."""

    batch_id: str
    total_entries: int | None  # None in a batch of an older version, which did not store it
    claimed_at: datetime  # UTC
    done: int = 0  # entries gone through, whether created or taken
    taken: int = 0  # of these, those whose order_id existed already

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to do, or nobody can say (a batch of an older version)."""
        return self.total_entries is None or self.done >= self.total_entries

    @property
    def created(self) -> int:
        """How many orders were created."""
        return self.done - self.taken

    def filled(self, entries: int, taken: int) -> Self:
        """The batch after `entries` more, of which `taken` existed already."""
        return replace(self, done=self.done + entries, taken=self.taken + taken)
