"""SQLite: a file of this host, and the library in this process."""

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from adapters.clock import SystemClock
from adapters.sql.databases.kind import Patience
from adapters.sql.databases.sqlite_file import DatabaseFile
from adapters.sql.databases.sqlite_library import SqliteLibrary, bind_nulls_at_once, choose_library
from adapters.sql.databases.sqlite_reader import SqliteReader
from adapters.sql.databases.sqlite_transactions import (
    WAIT_SECONDS,
    SqliteTransactions,
    retry_locked,
)


class Sqlite:
    """As a DatabaseKind; `library` is chosen when the first file is opened, unless it is given."""

    is_embedded = True
    counter_slots = 1
    keeps_statements_prepared = True
    keeps_inserts_prepared = True

    def __init__(self, library: SqliteLibrary | None = None) -> None:
        self._library = library
        self._files: WeakKeyDictionary[Engine, DatabaseFile] = WeakKeyDictionary()

    def open(self, url: URL, patience: Patience) -> Engine:
        library = self._library = self._library or choose_library()
        bind_nulls_at_once(library)
        engine = create_engine(
            url,
            module=library.module,
            connect_args={
                "isolation_level": None,
                "timeout": WAIT_SECONDS,
                "check_same_thread": False,
            },
            max_overflow=-1,  # one a thread at most, and threads are bounded
        )

        file = self._files[engine] = DatabaseFile(str(url.database))

        @event.listens_for(engine, "do_connect")
        def check_first(*_: Any) -> None:
            file.check_identity()  # or SQLite would make a new, empty file

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, _: ConnectionPoolEntry) -> None:
            file.note()
            file.check_identity()
            # Changing the journal mode does not wait for other connections by itself.
            retry_locked(
                lambda: connection.execute(f"PRAGMA journal_mode={library.journal_mode}"),
                library.module.OperationalError,
            )
            connection.execute("PRAGMA synchronous=FULL")  # a commit is on disk when it returns

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            is_write = connection.get_execution_options().get("write")
            connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")

        return engine

    def reader(self, engine: Engine) -> SqliteReader:
        return SqliteReader(engine)

    def transactions(self, engine: Engine) -> SqliteTransactions:
        return SqliteTransactions(engine, self._files[engine])

    def clock(self, engine: Engine) -> SystemClock:
        return SystemClock()

    def upsert(self, key: str, columns: Iterable[str]) -> str:
        assignments = ", ".join(f"{column} = excluded.{column}" for column in columns)
        return f" ON CONFLICT ({key}) DO UPDATE SET {assignments}"

    def migration_lock(self, connection: Connection) -> AbstractContextManager[None]:
        return nullcontext()  # a write transaction is alone
