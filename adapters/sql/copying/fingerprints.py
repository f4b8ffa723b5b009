"""Row counts and checksums of a database: equal for equal contents, whatever its kind."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, cast, func, select

from adapters.sql.schema.columns import COUNTERS
from adapters.sql.schema.tables import order_batches, order_events, order_feed, orders

ROWS_AT_ONCE = 10_000  # in memory

SUMS = select(*(cast(func.sum(counter), BigInteger) for counter in COUNTERS))

CONTENTS: dict[str, Select[Any]] = {
    "orders": select(orders),
    "order_events": select(order_events),
    "order_batches": select(order_batches),
    "order_feed": select(order_feed),
    "order_counters, summed": SUMS,  # how many slots share the counting differs
}


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The number of rows, and the sum of their SHA-256 hashes.

    A sum, because databases sort text in ways of their own.
    """

    rows: int
    hashes: int

    def __str__(self) -> str:
        """The beginning of the sum is enough to show."""
        rows = f"{self.rows:,} row{'' if self.rows == 1 else 's'}"
        return f"{rows}, sha256 {f'{self.hashes:064x}'[:16]}"


def take_fingerprints(
    connection: Connection, on_progress: Callable[[int], None]
) -> dict[str, Fingerprint]:
    """Of each kind of contents, as the connection's transaction sees them."""
    return {
        name: _fingerprint(connection, statement, on_progress)
        for name, statement in CONTENTS.items()
    }


def _fingerprint(
    connection: Connection, statement: Select[Any], on_progress: Callable[[int], None]
) -> Fingerprint:
    rows = hashes = 0
    found = connection.execute(statement.execution_options(yield_per=ROWS_AT_ONCE))
    for part in found.partitions():
        for row in part:
            hashes += int.from_bytes(sha256(repr(tuple(row)).encode()).digest())
        rows += len(part)
        on_progress(len(part))
    return Fingerprint(rows, hashes % 2**256)
