"""Batches as rows, and back."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from adapters.sql.schema.rows import from_us, to_us
from domain.batch import Batch


class BatchRow(NamedTuple):
    """A row of `order_batches`."""

    batch_id: str
    claimed_at: int
    total_entries: int | None
    done: int | None  # None, like its neighbours, in batches of older versions
    taken: int | None


def batch_to_row(batch: Batch) -> BatchRow:
    """The batch as it is stored."""
    return BatchRow(
        batch_id=batch.batch_id,
        claimed_at=to_us(batch.claimed_at),
        total_entries=batch.total_entries,
        done=batch.done,
        taken=batch.taken,
    )


def to_batch(values: Iterable[Any]) -> Batch:
    """The batch in a row."""
    row = BatchRow(*values)
    return Batch(
        batch_id=row.batch_id,
        claimed_at=from_us(row.claimed_at),
        total_entries=row.total_entries,
        done=row.done or 0,
        taken=row.taken or 0,
    )
