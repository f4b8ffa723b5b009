"""OrderList on SQL: each page is read along an index, from a place in it, or from few orders."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    func,
    or_,
    select,
    union_all,
)

from adapters.sql.database import Database
from adapters.sql.schema.columns import ORDER_COLUMNS
from adapters.sql.schema.rows import from_us, to_order, to_us
from adapters.sql.schema.tables import order_shared, orders
from adapters.sql.views import SqlOrderSnapshot
from application.ports import OrderFilter, Page, Place

SCANNED = 10_000  # index entries: some tens of milliseconds
ENTRIES_A_ROW = 10  # that cost as much as an entry with its row


class SqlOrderList:
    """Each page is of one moment.

    Where not all filters are in one index, a page reads up to `scanned` of its entries, or twice as
    many, and keeps what is wanted; fewer where it needs their rows. If only so many orders have the
    wanted status, each page reads all of those.
    """

    def __init__(self, database: Database, scanned: int = SCANNED) -> None:
        self._database = database
        self._scanned = scanned

    def page(
        self, wanted: OrderFilter, *, newest_first: bool, after: Place | None, limit: int
    ) -> Page:
        walk = Walk(wanted, newest_first, self._scanned)
        with self._database.snapshot() as connection:
            places, goes_on_after = walk.places(connection, after, limit)
            ids = [place.order_id for place in places]
            rows = connection.execute(select(*ORDER_COLUMNS).where(orders.c.order_id.in_(ids)))
            found = {order.order_id: order for order in map(to_order, rows)}
        return Page([found[order_id] for order_id in ids], goes_on_after)

    def cursor_key(self) -> bytes:
        with self._database.snapshot() as connection:
            return bytes.fromhex(connection.execute(select(order_shared.c.cursor_key)).scalar_one())


class Walk(NamedTuple):
    """Along an index that ends in created_at and order_id.

    That of the user, if one is asked for, since a user has few orders; else that of all orders.
    Where few orders have the wanted status, those are read and sorted instead.
    """

    wanted: OrderFilter
    newest_first: bool
    scanned: int

    def places(
        self, connection: Connection, after: Place | None, limit: int
    ) -> tuple[list[Place], Place | None]:
        """At most `limit` places of wanted orders, and the place after which to go on, if any."""
        if self._wants_few(connection):
            return _cut(_places(connection, self._of_few(after).limit(limit + 1)), limit)
        stretches = list(self._stretches(after))
        if not self._is_bounded:
            return _cut(_places(connection, self._all_of(stretches, limit + 1)), limit)
        found: list[Place] = []
        for entries in stretches:
            found += _places(connection, self._kept(entries).limit(limit + 1 - len(found)))
            if len(found) > limit:
                return _cut(found, limit)
            last = _places(connection, entries.offset(self._read_at_once - 1).limit(1))
            if last:  # the next page reads on
                return found, last[0]
        return found, None

    def _wants_few(self, connection: Connection) -> bool:
        """Whether a page may read all orders in the wanted status."""
        status = self.wanted.status
        if status is None:
            return False
        return SqlOrderSnapshot(connection).totals().count(status) <= self.scanned

    def _of_few(self, after: Place | None) -> Select[Any]:
        """The wanted ones behind the place, of the few in their status."""
        assert self.wanted.status is not None
        columns = orders.c.created_at, orders.c.order_id, orders.c.user_id
        in_status = select(*columns).where(orders.c.status == self.wanted.status.value)
        # In its order and limited, so that every database reads (status, due_at), and all at once.
        few = in_status.order_by(orders.c.due_at).limit(self.scanned).subquery()
        found = self._in_order(select(few.c.created_at, few.c.order_id), few)
        found = found.where(*self._bounds(few), *self._prefix(few))
        return found if after is None else found.where(or_(*self._behind(after, few)))

    def _all_of(self, stretches: Sequence[Select[Any]], limit: int) -> Select[Any]:
        """The first entries of all stretches together: one statement, however many there are."""
        first = [select(entries.limit(limit).subquery()) for entries in stretches]
        both = union_all(*first).subquery()
        return self._in_order(select(both), both).limit(limit)

    def _stretches(self, after: Place | None) -> Iterator[Select[Any]]:
        """Those behind the place: first the rest of its moment, then all other moments.

        Either is one range of the index: MariaDB finds none in a comparison of pairs.
        """
        all_of_it = self._in_order(select(orders.c.created_at, orders.c.order_id), orders)
        all_of_it = all_of_it.where(*self._bounds(orders))
        if after is None:
            yield all_of_it
        else:
            yield from map(all_of_it.where, self._behind(after, orders))

    def _behind(
        self, after: Place, source: FromClause
    ) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        """What the rest of the place's moment is, and what all other moments are."""
        created_at, order_id = source.c.created_at, source.c.order_id
        moment = to_us(after.created_at)
        if self.newest_first:
            return and_(created_at == moment, order_id < after.order_id), created_at < moment
        return and_(created_at == moment, order_id > after.order_id), created_at > moment

    def _bounds(self, source: FromClause) -> Iterator[ColumnElement[bool]]:
        """Of the part of the index that is read."""
        wanted = self.wanted
        if wanted.user_id is not None:
            yield source.c.user_id == wanted.user_id
        if wanted.created_after is not None:
            yield source.c.created_at > to_us(wanted.created_after)
        if wanted.created_before is not None:
            yield source.c.created_at < to_us(wanted.created_before)

    def _prefix(self, source: FromClause) -> Iterator[ColumnElement[bool]]:
        prefix = self.wanted.id_prefix
        if prefix is not None:  # not LIKE, which ignores case on SQLite
            yield func.substr(source.c.order_id, 1, len(prefix)) == prefix

    @property
    def _is_bounded(self) -> bool:
        """Whether entries are read of which not all are wanted."""
        return self.wanted.status is not None or self.wanted.id_prefix is not None

    @property
    def _read_at_once(self) -> int:
        """How many entries; fewer where their rows are read, for the status."""
        looks_at_rows = self.wanted.status is not None
        return max(1, self.scanned // ENTRIES_A_ROW) if looks_at_rows else self.scanned

    def _kept(self, entries: Select[Any]) -> Select[Any]:
        """The wanted ones of the first entries."""
        status = self.wanted.status
        if status is not None:
            entries = entries.add_columns(orders.c.status)
        read = entries.limit(self._read_at_once).subquery()
        kept = self._in_order(select(read.c.created_at, read.c.order_id), read)
        if status is not None:
            kept = kept.where(read.c.status == status.value)
        return kept.where(*self._prefix(read))

    def _in_order(self, entries: Select[Any], source: FromClause) -> Select[Any]:
        key = source.c.created_at, source.c.order_id
        return entries.order_by(*(c.desc() if self.newest_first else c.asc() for c in key))


def _places(connection: Connection, entries: Select[Any]) -> list[Place]:
    return [
        Place(from_us(created_at), order_id) for created_at, order_id in connection.execute(entries)
    ]


def _cut(found: list[Place], limit: int) -> tuple[list[Place], Place | None]:
    """The page, and where it ends if more than that was found."""
    return found[:limit], found[limit - 1] if len(found) > limit else None
