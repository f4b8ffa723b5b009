"""Copies all orders, with everything about them, from one database into another, empty one.

Page by page, each in a transaction that makes the target's rows the source's: what is there already
is left alone, so a copy that was cut off goes on where it stopped, and one that found the source
changed is mended by another run. Until the copy is verified, the target bears a mark in the place
of its schema's revision, so that no service starts on half the orders.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple
from uuid import uuid4

from sqlalchemy import Connection, Engine, Table, column, exc, func, select, table, update

from adapters.sql.copying.fingerprints import SUMS, Fingerprint, take_fingerprints
from adapters.sql.copying.pages import Page, read_page, write_page
from adapters.sql.databases.kind import MigrationBusy
from adapters.sql.revision import (
    COPYING,
    SchemaMismatch,
    check_schema,
    migrate,
    stored_revision,
)
from adapters.sql.schema.columns import COUNTERS
from adapters.sql.schema.tables import (
    REVISION,
    order_batches,
    order_counters,
    order_events,
    order_feed,
    order_flow,
    order_shared,
    orders,
)

ORDERS_AT_ONCE = 1_000  # in one transaction
SINGLE_ROWS = (order_feed, order_flow)  # a pause too: resume where the orders have gone
_VERSION = table("alembic_version", column("version_num"))


class CopyFailed(Exception):
    """The copy cannot begin, or not go on; the message names the database and says why."""


class OrderCounts(NamedTuple):
    """How many orders there are on either side."""

    in_source: int
    in_target: int  # from a copy that was cut off


class DatabaseCopy:
    """Call in this order: begin, copy, verify. Every method blocks, and raises CopyFailed.

    Or RepositoryUnavailable, where the file of an SQLite database is another one now. No callback
    runs inside a write transaction. An exception that one raises ends the copy; another run
    finishes it.
    """

    def __init__(
        self, source: Engine, target: Engine, orders_at_once: int = ORDERS_AT_ONCE
    ) -> None:
        self._source = source
        self._target = target
        self._at_once = orders_at_once
        self._mark = f"{COPYING} {uuid4().hex[:8]}"  # so that of two copies at once one gives up

    def begin(self) -> OrderCounts:
        """Migrate the target and mark it; refuses one whose orders are not from such a copy."""
        with _translated(self._source):
            check_schema(self._source)
        with _transaction(self._target) as connection:
            is_new = not _is_marked(stored_revision(connection))
        if is_new:
            with _translated(self._target):
                migrate(self._target)
        with _transaction(self._target, write=True) as connection:
            if not _is_marked(_lock_mark(connection)) and _holds_anything(connection):
                raise CopyFailed(
                    f"{self._target.url!r} holds orders that no unfinished copy put there;"
                    " a copy needs an empty database"
                )
            connection.execute(update(_VERSION).values(version_num=self._mark))
            in_target = _count_orders(connection)
        with _transaction(self._source) as connection:
            return OrderCounts(_count_orders(connection), in_target)

    def copy(self, on_progress: Callable[[int], None]) -> int:
        """Make the target's rows those of the source.

        Returns how many rows of orders, events and batches were compared. `on_progress` gets the
        number of orders in each page.
        """
        rows = 0
        for page in self._write_pages(orders, order_events):
            rows += sum(map(len, page.values()))
            on_progress(len(page[orders]))
        for page in self._write_pages(order_batches):
            rows += sum(map(len, page.values()))
        self._copy_single_rows()
        return rows

    def verify(self, on_progress: Callable[[int], None]) -> dict[str, Fingerprint]:
        """Read all of both databases again, and open the target to services if they are equal.

        The source comes last, as it is by then: a service that still writes to it is noticed.
        `on_progress` gets the number of rows read.
        """
        with _transaction(self._target) as connection:
            copied = take_fingerprints(connection, on_progress)
        with _transaction(self._source) as connection:
            given = take_fingerprints(connection, on_progress)
        different = [
            f"{name}: {given[name]} in the source, {copied[name]} in the target"
            for name in given
            if given[name] != copied[name]
        ]
        if different:
            raise CopyFailed(
                f"{self._target.url!r} is not equal to the source ({'; '.join(different)}); stop"
                " every service on either and run the copy again, at worst into an empty database"
            )
        with self._marked_target() as connection:
            connection.execute(update(_VERSION).values(version_num=REVISION))
        return copied

    def _write_pages(self, *tables: Table) -> Iterator[Page]:
        last = ""
        while True:
            with _transaction(self._source) as connection:
                page = read_page(connection, tables, last, self._at_once)
            if not page:
                return
            with self._marked_target() as connection:
                write_page(connection, page)
            yield page
            last = page[tables[0]][-1][0]

    def _copy_single_rows(self) -> None:
        with _transaction(self._source) as connection:
            sums = connection.execute(SUMS).one()
            rows = {kind: connection.execute(select(kind)).one() for kind in SINGLE_ROWS}
            cursor_key = connection.execute(select(order_shared.c.cursor_key)).scalar_one()
        zeros = {counter.name: 0 for counter in COUNTERS}
        with self._marked_target() as connection:  # all sums go into the first of its slots
            connection.execute(update(order_counters).values(zeros))
            first = update(order_counters).where(order_counters.c.slot == 0)
            connection.execute(first.values(dict(zip(zeros, sums, strict=True))))
            for kind, row in rows.items():
                connection.execute(update(kind).values(row._asdict()))
            connection.execute(update(order_shared).values(cursor_key=cursor_key))

    @contextmanager
    def _marked_target(self) -> Iterator[Connection]:
        """A write transaction that locks the mark, and fails where it is not this copy's."""
        with _transaction(self._target, write=True) as connection:
            if _lock_mark(connection) != self._mark:
                raise CopyFailed(f"{self._target.url!r}: another copy has taken over")
            yield connection


@contextmanager
def _transaction(engine: Engine, *, write: bool = False) -> Iterator[Connection]:
    with _translated(engine), engine.execution_options(write=write).begin() as connection:
        yield connection


@contextmanager
def _translated(engine: Engine) -> Iterator[None]:
    try:
        yield
    except (SchemaMismatch, MigrationBusy, exc.DBAPIError, TypeError) as error:  # of odd options
        reason = str(getattr(error, "orig", error)).partition("\n")[0]
        raise CopyFailed(f"{engine.url!r}: {reason}") from error


def _is_marked(revision: str | None) -> bool:
    return revision is not None and revision.startswith(COPYING)


def _lock_mark(connection: Connection) -> str | None:
    revision: str | None = connection.execute(
        select(_VERSION.c.version_num).with_for_update()
    ).scalar()
    return revision


def _holds_anything(connection: Connection) -> bool:
    kinds = (orders, order_events, order_batches)
    return any(connection.execute(select(kind).limit(1)).first() for kind in kinds)


def _count_orders(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(orders)).scalar_one()
