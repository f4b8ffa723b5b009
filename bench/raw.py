"""The raw side: the same rows, events and indexes, by the driver of the service's SQLite alone.

`python -m bench.raw insert FROM TO` inserts what FROM has into the empty TO, in bulk.
`python -m bench.raw work IN GROUP` starts and completes all orders, so many in a transaction.
Both print how many orders they did in a second.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from adapters.sql.databases.sqlite import choose_library

BULK = 5_000  # rows in a transaction: about the 50 ms that the service allows itself
OWNER = "0" * 32

START = """UPDATE orders SET status = 'Processing', seq = seq + 1, attempt = attempt + 1, owner = ?,
  changed_at = ?, due_at = ?, processing_started_at = ?
  WHERE order_id = ? AND status = 'Pending' AND attempt = 0"""
COMPLETE = """UPDATE orders SET status = 'Completed', seq = seq + 1, owner = NULL, changed_at = ?,
  due_at = NULL, ended_at = ? WHERE order_id = ? AND status = 'Processing' AND attempt = 1"""
EVENT = """INSERT INTO order_events (order_id, seq, kind, status, attempt, at)
  VALUES (?, ?, ?, ?, 1, ?)"""
COUNT_ADDED = "UPDATE order_counters SET pending = pending + ? WHERE slot = 0"
COUNT_STARTED = """UPDATE order_counters
  SET pending = pending - ?1, processing = processing + ?1 WHERE slot = 0"""
COUNT_COMPLETED = """UPDATE order_counters SET processing = processing - ?1,
  completed = completed + ?1, processing_us = processing_us + ?2, total_us = total_us + ?2
  WHERE slot = 0"""


def insert(source: str, target: str) -> float:
    """Copy all orders, in the order in which they were made, with their events."""
    tables = {}
    reader = _open(source)
    for table in ("orders", "order_events"):
        rows = reader.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608
        rows.sort(key=lambda row: int(row[0].rpartition("_")[2]))
        marks = ", ".join("?" * len(rows[0]))
        tables[f"INSERT INTO {table} VALUES ({marks})"] = rows  # noqa: S608
    reader.close()
    connection = _open(target)
    orders = len(next(iter(tables.values())))
    began = time.perf_counter()
    for first in range(0, orders, BULK):
        with _transaction(connection):
            for statement, rows in tables.items():
                connection.executemany(statement, rows[first : first + BULK])
            connection.execute(COUNT_ADDED, [min(BULK, orders - first)])
    return orders / (time.perf_counter() - began)


def work(database: str, group: int) -> float:
    """Start, then complete, a group at a time, each change by two statements of its own."""
    connection = _open(database)
    ids = [row[0] for row in connection.execute("SELECT order_id FROM orders ORDER BY due_at")]
    began = time.perf_counter()
    for first in range(0, len(ids), group):
        changed = ids[first : first + group]
        now = time.time_ns() // 1000
        with _transaction(connection):
            for order_id in changed:
                connection.execute(START, (OWNER, now, now + 15_000_000, now, order_id))
                connection.execute(EVENT, (order_id, 2, "started", "Processing", now))
            connection.execute(COUNT_STARTED, [len(changed)])
        with _transaction(connection):
            for order_id in changed:
                connection.execute(COMPLETE, (now, now, order_id))
                connection.execute(EVENT, (order_id, 3, "completed", "Completed", now))
            connection.execute(COUNT_COMPLETED, [len(changed), 1_000])
    seconds = time.perf_counter() - began
    _check(connection, len(ids))
    return len(ids) / seconds


def _check(connection: Any, orders: int) -> None:
    counts = (
        "SELECT completed, pending, processing, (SELECT count(*) FROM order_events),"
        " (SELECT count(*) FROM orders WHERE status = 'Completed') FROM order_counters"
    )
    found = connection.execute(counts).fetchone()
    if found != (orders, 0, 0, 3 * orders, orders):
        raise RuntimeError(f"of {orders} orders the counts are {found}")


def _open(path: str) -> Any:
    library = choose_library()
    connection = library.module.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA journal_mode={library.journal_mode}")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


@contextmanager
def _transaction(connection: Any) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.execute("COMMIT")


if __name__ == "__main__":
    what, path, argument = sys.argv[1:]
    per_second = insert(path, argument) if what == "insert" else work(path, int(argument))
    print(per_second)  # noqa: T201  # the answer to whoever started it
