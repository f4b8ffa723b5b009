"""Reads a database's contents from outside the service."""

from pathlib import Path
from typing import Any

from sqlalchemy import URL, NullPool, create_engine, text


def file_in(folder: Path) -> URL:
    """The SQLite file of a service that runs in that folder."""
    return URL.create("sqlite", database=str(folder / "orders.db"))


def query(database: URL, sql: str) -> list[tuple[Any, ...]]:
    """The rows that a statement returns, if any; it is committed at once."""
    engine = create_engine(database, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        result = connection.execute(text(sql))
        return [tuple(row) for row in result] if result.returns_rows else []


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    """The rows from the SQLite file in that folder."""
    return query(file_in(folder), sql)


def not_ended(database: URL) -> int:
    """How many orders are not Completed."""
    count: int = query(database, "SELECT count(*) FROM orders WHERE status <> 'Completed'")[0][0]
    return count


def check_that_nothing_is_lost(database: URL, acknowledged: set[str] | None = None) -> int:
    """Assert that every order was Completed once, in rows, history and counters; returns how many.

    Every one of the `acknowledged` must be among them.
    """
    stored = query(database, "SELECT order_id, status FROM orders")
    assert (acknowledged or set()) - {order_id for order_id, _ in stored} == set()
    assert [row for row in stored if row[1] != "Completed"] == []
    assert query(
        database,
        "SELECT count(*), count(DISTINCT order_id) FROM order_events WHERE kind = 'completed'",
    ) == [(len(stored), len(stored))]
    (sums,) = query(
        database,
        "SELECT sum(completed), sum(pending), sum(processing), sum(failed), sum(cancelled)"
        " FROM order_counters",
    )
    assert tuple(map(int, sums)) == (len(stored), 0, 0, 0, 0)
    if database.get_backend_name() == "sqlite":
        assert query(database, "PRAGMA integrity_check") == [("ok",)]
    return len(stored)
