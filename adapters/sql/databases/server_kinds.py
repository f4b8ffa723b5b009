"""PostgreSQL, MariaDB and MySQL: what each needs said differently."""

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import Connection


IDLE_SECONDS = 10  # in a transaction: what a frozen process locked is free again within a lease


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a server, in whole seconds, before a call gives up."""

    connect: int  # for a connection, also for one of the pool, or for a lock
    answer: int  # for a statement's answer
    silence: int  # beyond that: a server that lives has said by then that it took too long


# A request reads: a connection that went silent is tested, and another made, within ten seconds.
READER = Patience(connect=2, answer=3, silence=1)
WRITER = Patience(connect=5, answer=10, silence=3)  # its callers have a limit of their own
MIGRATION = Patience(connect=5, answer=3_600, silence=3)  # one step may index a large table


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What one kind of server needs said differently."""

    paramstyle: str  # positional: hot statements are run with tuples
    options: Mapping[str, Any]  # of create_engine
    connect_args: Mapping[str, Any]
    connect: Callable[..., Any]
    prepare: Callable[[Any], None]  # each new connection
    tell_time: str  # in microseconds since 1970
    pipeline: Callable[[Any], AbstractContextManager[Any]]  # sends statements without waiting
    begin_write: tuple[str, ...]
    begin_snapshot: tuple[str, ...]
    try_again: frozenset[object]  # errors that prove a rollback, through no fault of the caller


def postgres(patience: Patience) -> Server:
    """By psycopg."""
    from psycopg import RawCursor, RawServerCursor  # noqa: PLC0415  # an extra

    def prepare(connection: Any) -> None:
        connection.server_cursor_factory = RawServerCursor

    timeouts = {
        "statement_timeout": patience.answer,
        "lock_timeout": patience.connect,
        "idle_in_transaction_session_timeout": IDLE_SECONDS,
    }
    return Server(
        paramstyle="numeric_dollar",  # as the server has it: psycopg takes apart any other
        options={"use_native_hstore": False},  # nothing here is one; asking costs a round trip
        connect_args={
            "cursor_factory": RawCursor,
            "autocommit": True,  # a transaction begins where one is wanted
            "prepare_threshold": None,  # a plan from when the table was empty reads all of it
            "connect_timeout": patience.connect,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": patience.answer * 1000,  # milliseconds
            "options": " ".join(f"-c {name}={seconds}s" for name, seconds in timeouts.items()),
        },
        connect=_impatient(patience.answer + patience.silence).connect,
        prepare=prepare,
        tell_time="SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
        pipeline=lambda connection: connection.pipeline(),
        begin_write=("BEGIN ISOLATION LEVEL READ COMMITTED",),
        begin_snapshot=("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",),
        # Serialization, deadlock, a wait for a lock, a taken key, a server that goes down.
        try_again=frozenset({"40001", "40P01", "55P03", "23505", "57P01", "57P02"}),
    )


def _impatient(seconds: float) -> "type[Connection[Any]]":
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


class _NoPipeline:
    """Every statement has been answered already."""

    def sync(self) -> None: ...


def mysql(patience: Patience) -> Server:
    """By pymysql."""
    import pymysql  # type: ignore[import-untyped]  # noqa: PLC0415  # an extra without types

    def prepare(connection: Any) -> None:
        with connection.cursor() as cursor:
            # Locks no gaps between rows, in which others want to insert.
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
            cursor.execute(f"SET SESSION innodb_lock_wait_timeout={patience.connect}")
            with suppress(pymysql.err.OperationalError):  # MySQL has no such limit
                cursor.execute(f"SET SESSION idle_transaction_timeout={IDLE_SECONDS}")
            cursor.execute("SET SESSION time_zone = '+00:00'")  # or an hour of the year is twice

    return Server(
        paramstyle="format",
        options={},
        connect_args={
            "autocommit": True,
            "charset": "utf8mb4",
            "connect_timeout": patience.connect,
            "read_timeout": patience.answer,
            "write_timeout": patience.answer,
        },
        connect=pymysql.connect,
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


SERVERS = {"postgresql": postgres, "mysql": mysql, "mariadb": mysql}
