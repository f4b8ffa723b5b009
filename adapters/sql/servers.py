"""PostgreSQL, MariaDB and MySQL: how to open one, what differs, and its write transactions."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

from adapters.sql.rows import at_us
from adapters.sql.transactions import CommitInDoubt, StatementFailed

POOL_SIZE = 8  # connections of one process; the rest of its threads wait for their turn
WAIT_SECONDS = 5  # for a connection or a lock, before the call gives up
ANSWER_SECONDS = 10  # for a statement's answer
COUNTER_SLOTS = 32  # so that processes seldom wait for each other's counters


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What one kind of server needs said differently."""

    paramstyle: str  # positional: hot statements are run with tuples
    options: Mapping[str, Any]  # of create_engine
    connect_args: Mapping[str, Any]
    prepare: Callable[[Any], None]  # each new connection
    tell_time: str  # in microseconds since 1970
    pipeline: Callable[[Any], AbstractContextManager[Any]]  # sends statements without waiting
    begin_write: tuple[str, ...]
    begin_snapshot: tuple[str, ...]
    try_again: frozenset[object]  # errors that prove a rollback, through no fault of the caller


def _postgres(answer_seconds: int) -> Server:
    from psycopg import RawCursor, RawServerCursor  # noqa: PLC0415  # an extra

    def prepare(connection: Any) -> None:
        connection.server_cursor_factory = RawServerCursor

    timeouts = {
        "statement_timeout": answer_seconds,
        "lock_timeout": WAIT_SECONDS,
        "idle_in_transaction_session_timeout": 4 * WAIT_SECONDS,
    }
    return Server(
        paramstyle="numeric_dollar",  # as the server has it: psycopg takes apart any other
        options={"use_native_hstore": False},  # nothing here is one; asking costs a round trip
        connect_args={
            "cursor_factory": RawCursor,
            "autocommit": True,  # a transaction begins where one is wanted
            "prepare_threshold": None,  # a plan from when the table was empty reads all of it
            "connect_timeout": WAIT_SECONDS,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": ANSWER_SECONDS * 1000,  # milliseconds
            "options": " ".join(f"-c {name}={seconds}s" for name, seconds in timeouts.items()),
        },
        prepare=prepare,
        tell_time="SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
        pipeline=lambda connection: connection.pipeline(),
        begin_write=("BEGIN ISOLATION LEVEL READ COMMITTED",),
        begin_snapshot=("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",),
        try_again=frozenset({"40001", "40P01", "23505"}),  # serialization, deadlock, a taken key
    )


class _NoPipeline:
    """Every statement has been answered already."""

    def sync(self) -> None: ...


def _mysql(answer_seconds: int) -> Server:
    def prepare(connection: Any) -> None:
        with connection.cursor() as cursor:
            # Locks no gaps between rows, in which others want to insert.
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
            cursor.execute(f"SET SESSION innodb_lock_wait_timeout={WAIT_SECONDS}")
            cursor.execute("SET SESSION time_zone = '+00:00'")  # or an hour of the year is twice

    return Server(
        paramstyle="format",
        options={},
        connect_args={
            "autocommit": True,
            "charset": "utf8mb4",
            "connect_timeout": WAIT_SECONDS,
            "read_timeout": answer_seconds,
            "write_timeout": ANSWER_SECONDS,
        },
        prepare=prepare,
        tell_time="SELECT CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED)",
        pipeline=lambda _: nullcontext(_NoPipeline()),
        begin_write=("BEGIN",),
        begin_snapshot=(
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
        ),
        try_again=frozenset({1213, 1205, 1062}),  # deadlock, lock wait, a taken key
    )


_SERVERS = {"postgresql": _postgres, "mysql": _mysql, "mariadb": _mysql}


def open_server(url: URL, answer_seconds: int = ANSWER_SECONDS) -> Engine:
    """An engine whose transactions are explicit; nothing waits for ever. Connects when asked."""
    server = _SERVERS[url.get_backend_name()](answer_seconds)
    engine = create_engine(
        url,
        paramstyle=server.paramstyle,
        connect_args=dict(server.connect_args),
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS,
        pool_pre_ping=True,
        **server.options,
    )

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
        finally:
            connection.close()

    def close(self) -> None:
        """The pool closes the connections."""


def server_time(engine: Engine) -> datetime:
    """What the server's clock says now."""
    tell_time = _SERVERS[engine.dialect.name](ANSWER_SECONDS).tell_time
    ((microseconds,),) = ServerReader(engine)(tell_time, ())
    return at_us(microseconds)


class ServerTransactions:
    """Write transactions, each on a connection of the pool that has just answered."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._server = _SERVERS[engine.dialect.name](ANSWER_SECONDS)

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
        codes = {getattr(error, "sqlstate", None), *error.args[:1]}  # a driver may tell both
        return not codes.isdisjoint(self._server.try_again)

    def close(self) -> None:
        """The pool closes the connections."""
