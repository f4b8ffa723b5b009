"""Reads from SQLite that pass through one connection."""

import threading
from typing import Any

from sqlalchemy import Engine, PoolProxiedConnection

from adapters.sql.databases.sqlite_transactions import WAIT_SECONDS
from application.ports import RepositoryUnavailable


class SqliteReader:
    """Runs single SELECTs on one connection, one at a time.

    The driver lets other threads run at each step of a statement. Threads that read side by side
    would mostly wait for the GIL, and more of them would be slower; here they wait once.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._connection: PoolProxiedConnection | None = None
        self._cursor: Any = None

    def fetch(self, sql: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        if not self._lock.acquire(timeout=WAIT_SECONDS):
            raise RepositoryUnavailable(f"other reads took over {WAIT_SECONDS:g} s")
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
