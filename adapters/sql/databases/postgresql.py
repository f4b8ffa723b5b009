"""PostgreSQL, by psycopg."""

import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select, text

from adapters.sql.databases.kind import IDLE_SECONDS, Patience
from adapters.sql.databases.server import MIGRATION_LOCK, DatabaseServer

if TYPE_CHECKING:
    import psycopg


class PostgreSQL(DatabaseServer):
    """As a DatabaseKind. Statements go out in a pipeline; only INSERTs are kept prepared."""

    keeps_inserts_prepared = True

    paramstyle = "numeric_dollar"  # as the server has it: psycopg takes apart any other
    engine_options = MappingProxyType({"use_native_hstore": False})  # asking costs a round trip
    begin_write = ("BEGIN ISOLATION LEVEL READ COMMITTED",)
    begin_snapshot = ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",)
    # Serialization, deadlock, lock timeout, server going down; a key taken meanwhile: read it.
    retryable = frozenset({"40001", "40P01", "55P03", "23505", "57P01", "57P02"})
    select_now = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"

    def connect(self, patience: Patience, *arguments: Any, **options: Any) -> Any:
        from psycopg import RawServerCursor  # noqa: PLC0415  # an extra

        timeouts = {
            "statement_timeout": patience.answer,
            "lock_timeout": patience.connect,
            "idle_in_transaction_session_timeout": IDLE_SECONDS,
        }
        ours = {
            "cursor_factory": _cursor_kind(),
            "autocommit": True,  # a transaction begins where one is wanted
            "connect_timeout": patience.connect,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": patience.answer * 1000,  # milliseconds
            "options": " ".join(f"-c {name}={seconds}s" for name, seconds in timeouts.items()),
        }
        connection_kind = _impatient(patience.answer + patience.silence)
        connection = connection_kind.connect(*arguments, **options | ours)
        connection.server_cursor_factory = RawServerCursor
        connection.adapters.register_dumper(int, _untyped_int())
        return connection

    def pipeline(self, connection: Any) -> AbstractContextManager[Any]:
        pipeline: AbstractContextManager[Any] = connection.pipeline()
        return pipeline

    def upsert(self, key: str, columns: Iterable[str]) -> str:
        assignments = ", ".join(f"{column} = excluded.{column}" for column in columns)
        return f" ON CONFLICT ({key}) DO UPDATE SET {assignments}"

    @contextmanager
    def migration_lock(self, connection: Connection) -> Iterator[None]:
        connection.execute(text("SET LOCAL lock_timeout = 0"))  # others' migrations take time
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(MIGRATION_LOCK))))
        yield


@cache
def _cursor_kind() -> "type[psycopg.RawCursor[Any]]":
    """A cursor that keeps INSERTs prepared, and nothing else.

    To parse and plan one of many rows is over half of what it costs the server, and its plan is the
    same whatever the table holds. Another statement's, made when the table was empty, would read
    all of it later on.
    """
    from psycopg import RawCursor  # noqa: PLC0415  # an extra

    class PreparingCursor(RawCursor[Any]):
        def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
            is_insert = isinstance(query, str) and query.startswith("INSERT ")
            return super().execute(query, params, prepare=is_insert, **options)

        def executemany(self, query: Any, params_seq: Any, **_options: Any) -> None:
            for params in params_seq:  # psycopg's own prepares whatever it is given
                self.execute(query, params)

    return PreparingCursor


@cache
def _untyped_int() -> "type[psycopg.adapt.Dumper]":
    """Sends an int as a literal, for which the server finds the type, as psycopg sends a str.

    psycopg's own names a type by the value's size, and a text that was prepared for other types is
    prepared again: for most rows.
    """
    from psycopg.types.numeric import Int8Dumper  # noqa: PLC0415  # an extra

    class UntypedInt(Int8Dumper):
        oid = 0

    return UntypedInt


def _impatient(seconds: float) -> "type[psycopg.Connection[Any]]":
    """A connection that breaks when an answer takes longer.

    The server's own limits do not help where it, or the network, is silent: libpq waits for ever.
    """
    from psycopg import Connection, OperationalError  # noqa: PLC0415  # an extra

    class ImpatientConnection(Connection[Any]):
        def wait(self, gen: Any, *args: Any, **options: Any) -> Any:
            return super().wait(self._limited(gen), *args, **options)

        def _limited(self, gen: Any) -> Generator[Any, Any, Any]:
            deadline = time.monotonic() + seconds
            try:
                wanted = next(gen)
                while True:
                    ready = yield wanted
                    if not ready and time.monotonic() > deadline:  # asked ten times a second
                        self.pgconn.finish()
                        raise OperationalError(f"no answer within {seconds} s")
                    wanted = gen.send(ready)
            except StopIteration as end:
                return end.value

    return ImpatientConnection
