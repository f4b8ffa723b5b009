"""DueOrders: which orders need attention, and how their rows are read."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from adapters.sql.schema.rows import OrderRow, to_us
from adapters.sql.write_path.due_floor import Look
from adapters.sql.write_path.due_statements import DueStatements
from domain.fence import Version
from domain.transitions import OrderStatus

Fetch = Callable[[str, tuple[Any, ...]], Iterable[Any]]  # the rows of a statement


class DueOrders(NamedTuple):
    """As OrderRepository.find_due says, but for what is below the floor that `look` begins at."""

    now: datetime
    horizon: datetime
    limit: int
    look: Look

    def includes(self, version: Version) -> bool:
        """Whether a Pending order of that version is one of them, as far as the limit lets it."""
        due_at = version.due_at
        return (
            version.status is OrderStatus.PENDING
            and due_at is not None
            and not self.now < due_at <= self.horizon
        )

    def fetch_rows(self, fetch: Fetch, statements: DueStatements, status: OrderStatus) -> list[Any]:
        """The rows, by these statements: the longest due first, and behind them the misdated.

        In several reads, for what is due later lies between them in the index.
        """
        now = to_us(self.now)
        parameters = (status.value, now, self.look.since, self.limit)
        rows = self.look.read(lambda: list(fetch(statements.overdue, parameters)))
        if appointed := list(fetch(statements.appointed, (status.value, now, self.limit))):
            rows = sorted([*rows, *appointed], key=_deadline)
            for row in rows[self.limit :]:
                self.look.leave(_deadline(row))
            rows = rows[: self.limit]
        if len(rows) < self.limit:
            rest = self.limit - len(rows)
            rows += fetch(statements.misdated, (status.value, to_us(self.horizon), now, rest))
        return rows


def _deadline(values: Any) -> int:
    row = OrderRow(*values)
    deadline = row.appointed_at if row.due_at is None else row.due_at
    assert deadline is not None  # of an order that is due
    return deadline
