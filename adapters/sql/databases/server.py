"""DatabaseServer: what PostgreSQL, MariaDB and MySQL have in common."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar

from sqlalchemy import URL, Connection, Engine, create_engine, event

from adapters.clock import SystemClock
from adapters.sql.databases.database_clock import DatabaseClock
from adapters.sql.databases.kind import Patience
from adapters.sql.databases.transactions import CommitInDoubt, StatementFailed
from adapters.sql.schema.rows import from_us

POOL_SIZE = 16  # connections of one engine; the rest of the threads wait for their turn
MIGRATION_LOCK = "orders: migrate"


class DatabaseServer(ABC):
    """A DatabaseKind on a server, but for what each kind of server has to add."""

    is_embedded = False
    counter_slots = 32
    keeps_statements_prepared = False
    keeps_inserts_prepared = False

    paramstyle: ClassVar[str]  # positional: hot statements are run with tuples
    engine_options: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    begin_write: ClassVar[tuple[str, ...]]
    begin_snapshot: ClassVar[tuple[str, ...]]
    retryable: ClassVar[frozenset[object]]  # errors that prove a rollback and are nobody's fault
    select_now: ClassVar[str]  # microseconds since 1970

    @abstractmethod
    def connect(self, patience: Patience, *arguments: Any, **options: Any) -> Any:
        """A connection of the driver, in autocommit, none of whose waits is without a limit."""

    @abstractmethod
    def pipeline(self, connection: Any) -> AbstractContextManager[Any]:
        """Sends the statements in its block without waiting; its `sync` waits for all."""

    @abstractmethod
    def upsert(self, key: str, columns: Iterable[str]) -> str:
        """See DatabaseKind."""

    @abstractmethod
    def migration_lock(self, connection: Connection) -> AbstractContextManager[None]:
        """See DatabaseKind."""

    def open(self, url: URL, patience: Patience) -> Engine:
        engine = create_engine(
            url,
            paramstyle=self.paramstyle,
            pool_size=POOL_SIZE,
            max_overflow=0,
            pool_timeout=patience.connect,
            pool_pre_ping=True,
            **self.engine_options,
        )

        @event.listens_for(engine, "do_connect")
        def connect(_dialect: Any, _record: Any, arguments: Any, options: Any) -> Any:
            return self.connect(patience, *arguments, **options)

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            is_write = connection.get_execution_options().get("write")
            for statement in self.begin_write if is_write else self.begin_snapshot:
                connection.exec_driver_sql(statement)

        return engine

    def reader(self, engine: Engine) -> "PooledReader":
        return PooledReader(engine)

    def transactions(self, engine: Engine) -> "PooledTransactions":
        return PooledTransactions(engine, self)

    def clock(self, engine: Engine) -> DatabaseClock:
        return DatabaseClock(partial(self._now, PooledReader(engine)), SystemClock())

    def _now(self, reader: "PooledReader") -> datetime:
        ((microseconds,),) = reader.fetch(self.select_now, ())
        return from_us(microseconds)


class PooledReader:
    """Runs single SELECTs, each on a connection of the pool."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def fetch(self, sql: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(sql, parameters)
            return list(cursor.fetchall())  # one statement outside of a transaction sees a snapshot
        except BaseException:
            connection.invalidate()  # the pool would try to reset it, and log how that failed
            raise
        finally:
            connection.close()

    def close(self) -> None:
        """The pool closes the connections."""


class PooledTransactions:
    """Write transactions, each on a connection of the pool that has just answered."""

    def __init__(self, engine: Engine, server: DatabaseServer) -> None:
        self._engine = engine
        self._server = server
        assert engine.dialect.dbapi is not None
        self._operational_error = engine.dialect.dbapi.OperationalError

    @contextmanager
    def begin(self) -> Iterator[Any]:
        connection = self._engine.raw_connection()
        try:
            with self._server.pipeline(connection.driver_connection) as pipeline:
                control = connection.cursor()  # of its own: a fetch would find BEGIN's result first
                for statement in self._server.begin_write:
                    control.execute(statement)
                yield connection.cursor()
                _wait_for_answers(pipeline)
                _commit(control, pipeline)
        except BaseException as error:
            connection.invalidate(error)  # rolls back, whatever state it was in
            raise
        finally:
            connection.close()

    def may_try_again(self, error: Exception) -> bool:
        sqlstate = getattr(error, "sqlstate", None)
        if sqlstate is None and isinstance(error, self._operational_error):
            return True  # the driver's own: the connection is lost, and what was not committed
        return not {sqlstate, *error.args[:1]}.isdisjoint(self._server.retryable)

    def give_way(self) -> None:
        """Not needed: the server lets everybody have a turn."""

    def close(self) -> None:
        """Close the pool's connections."""
        self._engine.dispose()


def _wait_for_answers(pipeline: Any) -> None:
    try:
        pipeline.sync()
    except Exception as error:
        raise StatementFailed(error) from error


def _commit(control: Any, pipeline: Any) -> None:
    try:
        control.execute("COMMIT")
        pipeline.sync()
    except Exception as error:
        raise CommitInDoubt(str(error)) from error
