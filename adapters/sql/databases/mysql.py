"""MariaDB and MySQL, by pymysql."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any

from sqlalchemy import Connection, func, select

from adapters.sql.databases.kind import IDLE_SECONDS, MigrationBusy, Patience
from adapters.sql.databases.server import MIGRATION_LOCK, DatabaseServer


class MySQL(DatabaseServer):
    """As a DatabaseKind. Each statement waits for its answer."""

    migration_lock_seconds = 600

    paramstyle = "format"
    begin_write = ("BEGIN",)
    begin_snapshot = (
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    )
    retryable = frozenset({1213, 1205, 1062})  # deadlock, lock timeout, taken key
    select_now = "SELECT CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED)"

    def connect(self, patience: Patience, *arguments: Any, **options: Any) -> Any:
        import pymysql  # type: ignore[import-untyped]  # noqa: PLC0415  # an extra without types

        ours = {
            "autocommit": True,
            "charset": "utf8mb4",
            "connect_timeout": patience.connect,
            "read_timeout": patience.answer,
            "write_timeout": patience.answer,
        }
        connection = pymysql.connect(*arguments, **options | ours)
        with connection.cursor() as cursor:
            # Locks no gaps between rows, in which others want to insert.
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
            cursor.execute(f"SET SESSION innodb_lock_wait_timeout={patience.connect}")
            with suppress(pymysql.err.OperationalError):  # MySQL has no such limit
                cursor.execute(f"SET SESSION idle_transaction_timeout={IDLE_SECONDS}")
            cursor.execute("SET SESSION time_zone = '+00:00'")  # else an hour repeats in autumn
        return connection

    def pipeline(self, connection: Any) -> AbstractContextManager[Any]:
        return nullcontext(_NoPipeline())

    def upsert(self, key: str, columns: Iterable[str]) -> str:
        assignments = ", ".join(f"{column} = VALUES({column})" for column in columns)
        return f" ON DUPLICATE KEY UPDATE {assignments}"

    @contextmanager
    def migration_lock(self, connection: Connection) -> Iterator[None]:
        # Of the session: a statement that changes a table ends the transaction.
        lock = func.get_lock(MIGRATION_LOCK, self.migration_lock_seconds)
        if not connection.execute(select(lock)).scalar():
            raise MigrationBusy(
                f"another migration has been running for {self.migration_lock_seconds} s; try again"
            )
        try:
            yield
        finally:
            connection.execute(select(func.release_lock(MIGRATION_LOCK)))


class _NoPipeline:
    """Every statement has been answered already."""

    def sync(self) -> None: ...
