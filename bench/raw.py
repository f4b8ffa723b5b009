"""What populate is compared with: the same rows and events, inserted by the SQLite driver alone.

`python -m bench.raw FROM TO` inserts the orders of FROM into the empty TO, in bulk, and prints how
many it inserted in a second.
"""

import sys
import time
from typing import Any

from adapters.sql.databases.sqlite_library import choose_library

BULK = 5_000  # rows in a transaction: about the 50 ms that the service allows itself
COUNT = "UPDATE order_counters SET pending = pending + ? WHERE slot = 0"


def insert(source: str, target: str) -> float:
    """Copy all orders with their events, by number; returns orders a second."""
    tables = {}
    reader = _open(source)
    for table in ("orders", "order_events"):
        rows = reader.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608
        rows.sort(key=lambda row: int(row[0].rpartition("_")[2]))
        marks = ", ".join("?" * len(rows[0]))
        tables[f"INSERT INTO {table} VALUES ({marks})"] = rows  # noqa: S608
    reader.close()
    writer = _open(target)
    orders = len(next(iter(tables.values())))
    began = time.perf_counter()
    for first in range(0, orders, BULK):
        writer.execute("BEGIN IMMEDIATE")
        for statement, rows in tables.items():
            writer.executemany(statement, rows[first : first + BULK])
        writer.execute(COUNT, [min(BULK, orders - first)])
        writer.execute("COMMIT")
    return orders / (time.perf_counter() - began)


def _open(path: str) -> Any:
    library = choose_library()
    connection = library.module.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA journal_mode={library.journal_mode}")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


if __name__ == "__main__":
    print(insert(*sys.argv[1:]))  # noqa: T201  # the answer to whoever started it
