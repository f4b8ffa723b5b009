"""Write transactions on SQLite, which take turns with those of other processes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, PoolProxiedConnection

from adapters.sql.databases.sqlite_file import DatabaseFile
from application.ports import OutcomeUnknown

WAIT_SECONDS = 4.0  # for a lock; a read may wait twice: for its turn, and for a lock
POLL_SECONDS = 0.001
TURN_SECONDS = 0.05  # of back-to-back transactions, after which another process gets a chance
GAP_SECONDS = 0.003  # long enough for another process to poll within it


class SqliteTransactions:
    """Write transactions on one connection that is kept open; for one thread.

    It polls for locks itself, because SQLite polls ever more rarely.
    """

    def __init__(self, engine: Engine, file: DatabaseFile) -> None:
        assert engine.dialect.dbapi is not None
        self._engine = engine
        self._file = file
        self._operational_error = engine.dialect.dbapi.OperationalError
        self._connection: PoolProxiedConnection | None = None
        self._cursor: Any = None
        self._turn_began = time.monotonic()

    @contextmanager
    def begin(self) -> Iterator[Any]:
        if self._connection is None:
            self._connection = self._engine.raw_connection()
            self._cursor = self._connection.cursor()
            self._cursor.execute("PRAGMA busy_timeout=0")
        retry_locked(lambda: self._cursor.execute("BEGIN IMMEDIATE"), self._operational_error)
        try:
            self._file.check_before_write(self._count_bytes)
            yield self._cursor
            self._commit()
        except BaseException:
            self._roll_back()
            raise
        self._file.check_after_commit(self._count_bytes)

    def may_try_again(self, error: Exception) -> bool:
        """Never: with one writer at a time there is no deadlock and no serialization failure."""
        return False

    def give_way(self) -> None:
        """Leave a gap now and then, in which another process gets a turn.

        SQLite does not queue for its write lock, it polls, so a process that commits without a
        pause can starve another.
        """
        if time.monotonic() - self._turn_began > TURN_SECONDS:
            time.sleep(GAP_SECONDS)  # the other's poll falls into it
            self._turn_began = time.monotonic()

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()

    def _commit(self) -> None:
        try:
            retry_locked(lambda: self._cursor.execute("COMMIT"), self._operational_error)
        except self._operational_error as error:
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


def retry_locked(action: Callable[[], object], error_kind: type[Exception]) -> None:
    """Do it as soon as no other process holds the lock; raises the error after WAIT_SECONDS."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            action()
            return
        except error_kind as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(POLL_SECONDS)  # SQLite wakes nobody when its lock is free
