"""OrderRepository and OrderFeed on SQL: rows, history and counters, together in one transaction."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Protocol, cast

from sqlalchemy import Connection, Engine, exc, func, select

from adapters.sql.outage import Outage
from adapters.sql.schema.rows import to_event, to_order, to_us
from adapters.sql.schema.tables import order_events, orders
from adapters.sql.write_path.calls import (
    Add,
    Call,
    ClaimBatch,
    FillBatch,
    PlaceEvents,
    Probe,
    Reschedule,
    Result,
    Update,
)
from adapters.sql.write_path.statements import COUNTERS, EVENT, Statements
from application.ports import FeedEntry, RepositoryError, RepositoryUnavailable
from domain.batch import Batch
from domain.events import OrderEvent
from domain.order import Change, Order
from domain.totals import Totals
from domain.transitions import OrderStatus

IDS_AT_ONCE = 10_000  # of a snapshot, in memory
_TOTALS = select(*(func.sum(column) for column in COUNTERS))


class Reader(Protocol):
    """Runs one SELECT."""

    def __call__(self, sql: str, parameters: tuple[Any, ...]) -> Sequence[Sequence[Any]]: ...

    def close(self) -> None:
        """Let go of the store."""


class Writer(Protocol):
    """Applies a call in a write transaction; returns its result once that is committed."""

    def __call__(self, call: Call) -> Result: ...

    def close(self) -> None:
        """Finish what was begun, and take no more calls."""


class SqlOrderRepository:
    """Reads for itself; leaves it to a Writer when its writes are committed."""

    def __init__(
        self,
        engine: Engine,
        statements: Statements,
        reader: Reader,
        writer: Writer,
        background: Engine | None = None,
    ) -> None:
        self._engine = engine
        # Of what no client asks for: clients that read much must not keep the sweeper waiting.
        self._background = background or engine
        self._statements = statements
        self._reader = reader
        self._writer = writer
        self._outage = Outage(f"the database {engine.url!r}")
        dbapi = engine.dialect.dbapi
        assert dbapi is not None
        self._passing_errors = (
            exc.OperationalError,
            exc.TimeoutError,
            dbapi.OperationalError,
            dbapi.InterfaceError,  # a connection that broke in the middle
        )
        self._damage = {dbapi.DatabaseError, exc.DatabaseError}  # but none of their other kinds

    def add(self, orders: Sequence[Order]) -> list[str]:
        return cast(list[str], self._write(Add(orders)))

    def update(self, changes: Sequence[Change]) -> list[bool]:
        return cast(list[bool], self._write(Update(changes)))

    def reschedule(
        self, orders: Sequence[Order], due_at: datetime, *, unmoved: bool = False
    ) -> list[bool]:
        return cast(list[bool], self._write(Reschedule(orders, due_at, unmoved)))

    def claim_batch(self, batch: Batch) -> Batch:
        (stored,) = cast(list[Batch], self._write(ClaimBatch(batch)))
        return stored

    def fill_batch(self, batch: Batch, orders: Sequence[Order]) -> list[str] | None:
        return cast(list[str] | None, self._write(FillBatch(batch, orders)))

    def probe(self, at: datetime) -> timedelta:
        (longest,) = cast(list[timedelta], self._write(Probe(at)))
        return longest

    def get(self, order_id: str) -> Order | None:
        with self._translated_errors():
            rows = self._reader(self._statements.select_order, (order_id,))
        return to_order(rows[0]) if rows else None

    def find_due(
        self, status: OrderStatus, *, now: datetime, horizon: datetime, limit: int
    ) -> list[Order]:
        of_status = select(orders).where(orders.c.status == status.value).order_by(orders.c.due_at)
        with self._read(self._background) as connection:
            overdue = of_status.where(orders.c.due_at <= to_us(now)).limit(limit)
            rows = list(connection.execute(overdue))
            if len(rows) < limit:
                too_far = of_status.where(orders.c.due_at > to_us(horizon))
                rows += connection.execute(too_far.limit(limit - len(rows)))
        return [to_order(row) for row in rows]

    def events_after(self, position: int, limit: int) -> list[FeedEntry]:
        found = self._feed(position, limit)
        if len(found) < limit and self._has_unplaced():
            self._write(PlaceEvents(limit))
            found = self._feed(position, limit)
        return found

    def history(self, order_id: str) -> list[OrderEvent]:
        with self._read() as connection:
            rows = connection.execute(
                select(*EVENT)
                .where(order_events.c.order_id == order_id)
                .order_by(order_events.c.seq)
            )
            return [to_event(row) for row in rows]

    def totals(self) -> Totals:
        with self._read() as connection:
            return _Snapshot(connection).totals()

    @contextmanager
    def snapshot(self) -> Iterator["_Snapshot"]:
        with self._read() as connection:
            yield _Snapshot(connection)

    def close(self) -> None:
        self._writer.close()
        self._reader.close()
        self._engine.dispose()

    @contextmanager
    def _read(self, engine: Engine | None = None) -> Iterator[Connection]:
        with self._translated_errors(), (engine or self._engine).begin() as connection:
            yield connection

    def _feed(self, position: int, limit: int) -> list[FeedEntry]:
        with self._translated_errors():
            rows = self._reader(self._statements.select_feed, (position, limit))
        return [FeedEntry(place, to_event(row)) for place, *row in rows]

    def _has_unplaced(self) -> bool:
        with self._translated_errors():
            return bool(self._reader(self._statements.select_unplaced, (1,)))

    def _write(self, call: Call) -> Result:
        with self._translated_errors():
            result = self._writer(call)
        self._outage.succeeded()  # by a write only: a full disk can still be read
        return result

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        try:
            yield
        except RepositoryError as error:
            self._outage.failed(error)
            raise
        except Exception as error:
            if not isinstance(error, self._passing_errors) and type(error) not in self._damage:
                raise
            unavailable = RepositoryUnavailable(str(error.__cause__ or error))
            self._outage.failed(unavailable)
            raise unavailable from error


class _Snapshot:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def totals(self) -> Totals:
        return Totals(*map(int, self._connection.execute(_TOTALS).one()))

    def order_ids(self, status: OrderStatus) -> Iterator[str]:
        ids = select(orders.c.order_id).where(orders.c.status == status.value)
        return iter(self._connection.scalars(ids.execution_options(yield_per=IDS_AT_ONCE)))
