"""OrderList on SQL: each page is read along an index, from a place in it."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, FromClause, Select, func, select, union_all

from adapters.sql.database import Database
from adapters.sql.schema.rows import from_us, to_order, to_us
from adapters.sql.schema.tables import order_shared, orders
from adapters.sql.write_path.statements import ORDER_COLUMNS
from application.ports import OrderFilter, Page, Place

SCANNED = 10_000  # index entries: some tens of milliseconds
ENTRIES_A_ROW = 10  # that cost as much as an entry with its row


class SqlOrderList:
    """Each page is of one moment.

    Where not all filters are in one index, a page reads up to `scanned` of its entries, or twice as
    many, and keeps what is wanted; fewer where it needs their rows.
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

    That of the user, if one is asked for, since a user has few orders; else that of the status;
    else that of all orders.
    """

    wanted: OrderFilter
    newest_first: bool
    scanned: int

    def places(
        self, connection: Connection, after: Place | None, limit: int
    ) -> tuple[list[Place], Place | None]:
        """At most `limit` places of wanted orders, and the place after which to go on, if any."""
        stretches = list(self._stretches(after))
        if not self._is_bounded:
            found = _places(connection, self._all_of(stretches, limit + 1))
            return found[:limit], found[limit - 1] if len(found) > limit else None
        found = []
        for entries in stretches:
            found += _places(connection, self._kept(entries).limit(limit + 1 - len(found)))
            if len(found) > limit:
                return found[:limit], found[limit - 1]
            last = _places(connection, entries.offset(self._read_at_once - 1).limit(1))
            if last:  # the next page reads on
                return found, last[0]
        return found, None

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
        all_of_it = all_of_it.where(*self._bounds())
        if after is None:
            yield all_of_it
            return
        created_at, order_id, moment = orders.c.created_at, orders.c.order_id, to_us(after[0])
        same = all_of_it.where(created_at == moment)
        if self.newest_first:
            yield same.where(order_id < after.order_id)
            yield all_of_it.where(created_at < moment)
        else:
            yield same.where(order_id > after.order_id)
            yield all_of_it.where(created_at > moment)

    def _bounds(self) -> Iterator[ColumnElement[bool]]:
        """Of the part of the index that is read."""
        wanted = self.wanted
        if wanted.user_id is not None:
            yield orders.c.user_id == wanted.user_id
        elif wanted.status is not None:
            yield orders.c.status == wanted.status.value
        if wanted.created_after is not None:
            yield orders.c.created_at > to_us(wanted.created_after)
        if wanted.created_before is not None:
            yield orders.c.created_at < to_us(wanted.created_before)

    @property
    def _is_bounded(self) -> bool:
        """Whether entries are read of which not all are wanted."""
        return self._looks_at_rows or self.wanted.id_prefix is not None

    @property
    def _looks_at_rows(self) -> bool:
        """Whether a status is wanted that is not in the index."""
        return self.wanted.user_id is not None and self.wanted.status is not None

    @property
    def _read_at_once(self) -> int:
        return max(1, self.scanned // ENTRIES_A_ROW) if self._looks_at_rows else self.scanned

    def _kept(self, entries: Select[Any]) -> Select[Any]:
        """The wanted ones of the first entries."""
        if not self._is_bounded:
            return entries
        wanted = self.wanted
        if self._looks_at_rows:
            entries = entries.add_columns(orders.c.status)
        read = entries.limit(self._read_at_once).subquery()
        kept = self._in_order(select(read.c.created_at, read.c.order_id), read)
        if self._looks_at_rows and wanted.status is not None:
            kept = kept.where(read.c.status == wanted.status.value)
        if wanted.id_prefix is not None:  # not LIKE, which ignores case on SQLite
            start = func.substr(read.c.order_id, 1, len(wanted.id_prefix))
            kept = kept.where(start == wanted.id_prefix)
        return kept

    def _in_order(self, entries: Select[Any], source: FromClause) -> Select[Any]:
        key = source.c.created_at, source.c.order_id
        return entries.order_by(*(c.desc() if self.newest_first else c.asc() for c in key))


def _places(connection: Connection, entries: Select[Any]) -> list[Place]:
    return [
        Place(from_us(created_at), order_id) for created_at, order_id in connection.execute(entries)
    ]
