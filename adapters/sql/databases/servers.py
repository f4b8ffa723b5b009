"""Database servers: how to open one, read from it, and its write transactions."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

from adapters.sql.databases.server_kinds import SERVERS, WRITER, Patience
from adapters.sql.schema.rows import at_us
from adapters.sql.write_path.transactions import CommitInDoubt, StatementFailed

POOL_SIZE = 16  # connections of one engine; the rest of the threads wait for their turn
COUNTER_SLOTS = 32  # so that processes seldom wait for each other's counters


def open_server(url: URL, patience: Patience = WRITER) -> Engine:
    """An engine whose transactions are explicit; nothing waits for ever. Connects when asked."""
    server = SERVERS[url.get_backend_name()](patience)
    engine = create_engine(
        url,
        paramstyle=server.paramstyle,
        connect_args=dict(server.connect_args),
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_timeout=patience.connect,
        pool_pre_ping=True,
        **server.options,
    )

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, arguments: Any, options: Any) -> Any:
        return server.connect(*arguments, **options)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        server.prepare(connection)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        is_write = connection.get_execution_options().get("write")
        for statement in server.begin_write if is_write else server.begin_snapshot:
            connection.exec_driver_sql(statement)

    return engine


class ServerReader:
    """Runs single SELECTs, each on a connection of the pool."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, sql: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """All rows; outside of a transaction, so of one moment."""
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(sql, parameters)
            return list(cursor.fetchall())
        except BaseException:
            connection.invalidate()  # the pool would try to reset it, and log how that failed
            raise
        finally:
            connection.close()

    def close(self) -> None:
        """The pool closes the connections."""


def server_time(engine: Engine) -> datetime:
    """What the server's clock says now."""
    tell_time = SERVERS[engine.dialect.name](WRITER).tell_time
    ((microseconds,),) = ServerReader(engine)(tell_time, ())
    return at_us(microseconds)


class ServerTransactions:
    """Write transactions, each on a connection of the pool that has just answered."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._server = SERVERS[engine.dialect.name](WRITER)
        assert engine.dialect.dbapi is not None
        self._operational_error = engine.dialect.dbapi.OperationalError

    @contextmanager
    def __call__(self) -> Iterator[Any]:
        """The driver's cursor; raises CommitInDoubt when the answer to the commit is lost."""
        connection = self._engine.raw_connection()
        try:
            with self._server.pipeline(connection.driver_connection) as pipeline:
                frame = connection.cursor()  # apart, so that its results hide no others
                for statement in self._server.begin_write:
                    frame.execute(statement)
                yield connection.cursor()
                try:
                    pipeline.sync()
                except Exception as error:
                    raise StatementFailed(error) from error
                try:
                    frame.execute("COMMIT")
                    pipeline.sync()
                except Exception as error:
                    raise CommitInDoubt(str(error)) from error
        except BaseException as error:
            connection.invalidate(error)  # rolls back, whatever state it was in
            raise
        finally:
            connection.close()

    def try_again(self, error: Exception) -> bool:
        sqlstate = getattr(error, "sqlstate", None)
        if sqlstate is None and isinstance(error, self._operational_error):
            return True  # the driver's own: the connection is lost, and what was not committed
        return not {sqlstate, *error.args[:1]}.isdisjoint(self._server.try_again)

    def close(self) -> None:
        """Close the pool's connections."""
        self._engine.dispose()
