"""Makes an SQLite database of very many orders from one of some, in SQL alone."""

from contextlib import closing
from typing import Any

from sqlalchemy import URL

from adapters.sql.databases.sqlite_library import choose_library
from bench.context import BATCH

PREFIX = f"sim_{BATCH}_"
AT_ONCE = 100  # copies in a transaction


def multiply(database: URL, orders: int, times: int) -> None:
    """Turn its pending orders, 1 to `orders`, into `times` as many, with events and counters.

    The copies are numbered on, and differ in nothing else.
    """
    connect = choose_library().module.connect
    with closing(connect(str(database.database), isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")  # a crash ends the bench anyway
        connection.execute("PRAGMA cache_size=-1000000")  # a gigabyte
        copies = [_copy(connection, table) for table in ("orders", "order_events")]
        for first in range(1, times, AT_ONCE):
            connection.execute("BEGIN IMMEDIATE")
            numbers = range(first, min(first + AT_ONCE, times))
            for copy in copies:
                connection.executemany(copy, [(number * orders,) for number in numbers])
            more = "UPDATE order_counters SET pending = pending + ? WHERE slot = 0"
            connection.execute(more, (orders * len(numbers),))
            connection.execute("COMMIT")


def _copy(connection: Any, table: str) -> str:
    """The statement that copies the orders as they are now; its parameter is added to numbers."""
    connection.execute(f"CREATE TEMP TABLE some_{table} AS SELECT * FROM {table}")  # noqa: S608
    names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    number = f"CAST(substr(order_id, {len(PREFIX) + 1}) AS INTEGER) + ?1"
    values = [f"'{PREFIX}' || ({number})" if name == "order_id" else name for name in names]
    return (
        f"INSERT INTO {table} ({', '.join(names)})"  # noqa: S608  # names are of our code
        f" SELECT {', '.join(values)} FROM some_{table}"
    )
