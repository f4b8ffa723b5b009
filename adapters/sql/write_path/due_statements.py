"""The statements that look for due orders; see DueOrders."""

from collections.abc import Callable
from typing import Any, NamedTuple, Self

from sqlalchemy import ColumnElement, Select, and_, bindparam, literal_column, not_, select

from adapters.sql.schema.columns import ORDER_COLUMNS
from adapters.sql.schema.tables import orders
from domain.transitions import OrderStatus

# SQLite's dialect adds an OFFSET to each LIMIT, and with it a parameter, unless one is given.
NO_OFFSET: ColumnElement[int] = literal_column("0")


def along(deadline: ColumnElement[int | None], statement: Select[Any]) -> Select[Any]:
    """The statement, about a status and this deadline, in the order of the deadline.

    MariaDB, unless told, reads all of a status, with a million rows that lack this deadline.
    """
    for dialect in ("mysql", "mariadb"):
        hint = f"FORCE INDEX (ix_orders_status_{deadline.key})"
        statement = statement.with_hint(orders, hint, dialect)
    return statement.order_by(deadline)


def _longest_due(deadline: ColumnElement[int | None]) -> Select[Any]:
    in_status = select(*ORDER_COLUMNS).where(orders.c.status == bindparam("status"))
    return along(deadline, in_status).limit(bindparam("most")).offset(NO_OFFSET)


_in_line = _longest_due(orders.c.due_at)
_overdue = _in_line.where(
    orders.c.due_at <= bindparam("now"), orders.c.due_at >= bindparam("since")
)
# An order that an older version has parked has its appointment in due_at.
_is_parked = and_(
    orders.c.status == literal_column(f"'{OrderStatus.PROCESSING.value}'"),
    orders.c.owner.is_(None),
)
# While a clock was ahead, its time had come, and its deadline may have been moved.
_is_to_wait = and_(orders.c.not_before.is_not(None), orders.c.not_before > bindparam("now"))
_misdated = _in_line.where(
    orders.c.due_at > bindparam("horizon"), not_(_is_parked), not_(_is_to_wait)
)
_appointed = _longest_due(orders.c.appointed_at).where(orders.c.appointed_at <= bindparam("now"))


class DueStatements(NamedTuple):
    """Read orders in a status that are due; see DueOrders."""

    overdue: str  # parameters: status, now, since, limit
    appointed: str  # parameters: status, now, limit
    misdated: str  # parameters: status, horizon, now, limit

    @classmethod
    def reading(cls, compiled: Callable[[Select[Any]], str]) -> Self:
        """Those that only read."""
        return cls(compiled(_overdue), compiled(_appointed), compiled(_misdated))

    @classmethod
    def locking(cls, compiled: Callable[[Select[Any]], str]) -> Self:
        """Those that pass over what another transaction has locked, and lock what they read."""
        return cls.reading(lambda some: compiled(some.with_for_update(skip_locked=True)))
