"""SQLite: which library to use, how to open a file, and write transactions that take turns."""

import importlib
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, NamedTuple

from sqlalchemy import URL, Connection, Engine, PoolProxiedConnection, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from adapters.sql.databases.sqlite_file import DatabaseFile
from application.ports import OutcomeUnknown, RepositoryUnavailable

log = logging.getLogger(__name__)

Version = tuple[int, ...]

WAIT_SECONDS = 4.0  # for a lock, before the call gives up; a read may wait for two
POLL_SECONDS = 0.001
TURN_SECONDS = 0.05  # of back-to-back transactions, after which another process gets a chance
GAP_SECONDS = 0.003  # long enough for another process to poll within it


def has_wal_reset_bug(version: Version) -> bool:
    """Whether threads that share a WAL database can corrupt it (sqlite.org/wal.html#walresetbug).

    From 3.7.0 to 3.51.2, except for 3.44.6 and 3.50.7, which were mended later.
    """
    mended = version >= (3, 51, 3) or any(
        fixed <= version < (fixed[0], fixed[1] + 1, 0) for fixed in ((3, 44, 6), (3, 50, 7))
    )
    return version >= (3, 7, 0) and not mended


class SqliteLibrary(NamedTuple):
    """An SQLite, and the journal mode that is safe with it."""

    module: ModuleType
    journal_mode: str


def choose_library(
    pythons: ModuleType = sqlite3, bundled: str = "pysqlite3.dbapi2"
) -> SqliteLibrary:
    """The one for this process, which must not open a file with two: closing drops locks."""
    if not has_wal_reset_bug(pythons.sqlite_version_info):
        return SqliteLibrary(pythons, "WAL")
    try:
        safe = importlib.import_module(bundled)
    except ImportError:  # it has wheels for Linux on x86-64 only
        log.warning(
            "SQLite %s can corrupt a WAL database that threads share; using the slower rollback"
            " journal. SQLite 3.51.3 or later lifts this.",
            pythons.sqlite_version,
        )
        return SqliteLibrary(pythons, "DELETE")
    return SqliteLibrary(safe, "WAL")


def open_sqlite(url: URL, library: SqliteLibrary) -> Engine:
    """An engine whose transactions are explicit: reads begin deferred, writes immediate."""
    engine = create_engine(
        url,
        module=library.module,
        connect_args={"isolation_level": None, "timeout": WAIT_SECONDS, "check_same_thread": False},
        max_overflow=-1,  # each request thread or worker has at most one, so they are bounded
    )

    file = DatabaseFile(str(url.database))
    engine.update_execution_options(database_file=file)

    @event.listens_for(engine, "do_connect")
    def look_first(*_: Any) -> None:
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


class SqliteReader:
    """Runs single SELECTs on one connection, one at a time.

    The driver lets other threads run at each step of a statement. Threads that read side by side
    would mostly wait for the interpreter, and more of them would be slower; here they wait once.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._connection: PoolProxiedConnection | None = None
        self._cursor: Any = None

    def __call__(self, sql: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """All rows; outside of a transaction, so of one moment."""
        if not self._lock.acquire(timeout=WAIT_SECONDS):
            raise RepositoryUnavailable("other reads have not ended for long")
        try:
            if self._connection is None:
                self._connection = self._engine.raw_connection()
                self._cursor = self._connection.cursor()
            rows: list[tuple[Any, ...]] = self._cursor.execute(sql, parameters).fetchall()
            return rows
        finally:
            self._lock.release()

    def close(self) -> None:
        """Give the connection back."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()


class SqliteTransactions:
    """Write transactions on one connection that is kept open; for one thread.

    It polls for locks itself, because SQLite polls ever more rarely.
    """

    def __init__(self, engine: Engine) -> None:
        assert engine.dialect.dbapi is not None
        self._engine = engine
        self._file: DatabaseFile = engine.get_execution_options()["database_file"]
        self._busy = engine.dialect.dbapi.OperationalError
        self._connection: PoolProxiedConnection | None = None
        self._cursor: Any = None

    @contextmanager
    def __call__(self) -> Iterator[Any]:
        """The driver's cursor; committed at the end of the block, rolled back by an exception."""
        if self._connection is None:
            self._connection = self._engine.raw_connection()
            self._cursor = self._connection.cursor()
            self._cursor.execute("PRAGMA busy_timeout=0")
        retry_locked(lambda: self._cursor.execute("BEGIN IMMEDIATE"), self._busy)
        try:
            self._file.check_before_write(self._count_bytes)
            yield self._cursor
            self._commit()
        except BaseException:
            self._roll_back()
            raise
        self._file.check_after_commit(self._count_bytes)

    def try_again(self, error: Exception) -> bool:
        """Never: one writer at a time is rolled back for nobody's sake."""
        return False

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()

    def _commit(self) -> None:
        try:
            retry_locked(lambda: self._cursor.execute("COMMIT"), self._busy)
        except self._busy as error:
            if "I/O" in str(error):  # what was written may be found again after a crash
                raise OutcomeUnknown(str(error)) from error
            raise

    def _count_bytes(self) -> int:
        (pages,) = self._cursor.execute("PRAGMA page_count").fetchone()
        (page_bytes,) = self._cursor.execute("PRAGMA page_size").fetchone()
        count: int = pages * page_bytes
        return count

    def _roll_back(self) -> None:
        if self._cursor.connection.in_transaction:  # some errors have rolled it back already
            self._cursor.execute("ROLLBACK")


class TurnTaking:
    """Called after each commit: leaves a gap now and then, in which another process gets a turn.

    SQLite does not queue for its write lock, it polls, so a process that commits without a pause
    can starve another.
    """

    def __init__(self) -> None:
        self._turn_began = time.monotonic()

    def __call__(self) -> None:
        if time.monotonic() - self._turn_began > TURN_SECONDS:
            time.sleep(GAP_SECONDS)  # the other's poll falls into it
            self._turn_began = time.monotonic()


def retry_locked(action: Callable[[], object], error_kind: type[Exception]) -> None:
    """Do it as soon as no other process is in the way; raises when one is for too long."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            action()
            return
        except error_kind as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(POLL_SECONDS)  # SQLite tells nobody when its lock is free
