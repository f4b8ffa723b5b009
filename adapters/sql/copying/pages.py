"""Rows of one database, page by page, made the rows of another."""

from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Dialect, Table, delete, select

from adapters.sql.write_path.many_rows import in_pieces, insert_rows

Row = tuple[Any, ...]
Page = dict[Table, list[Row]]  # rows of the same keys, which are the first column of each table


def read_page(connection: Connection, tables: Sequence[Table], after: str, limit: int) -> Page:
    """The next `limit` rows of the first table, and what the others hold of the same keys.

    In the order of the database's own index; empty at the end.
    """
    head, *others = tables
    key = head.columns[0]
    rows = _rows(connection, select(head).where(key > after).order_by(key).limit(limit))
    if not rows:
        return {}
    page = {head: rows}
    for table in others:
        of_page = table.columns[0].between(rows[0][0], rows[-1][0])
        page[table] = _rows(connection, select(table).where(of_page))
    return page


def write_page(connection: Connection, page: Page) -> None:
    """Make the stored rows of the first table's keys those of the page, in each table.

    A table that has just these rows is left alone; in others, all rows of these keys are replaced.
    """
    keys = [row[0] for row in next(iter(page.values()))]
    for table, rows in page.items():
        of_page = table.columns[0].in_(keys)
        stored = _rows(connection, select(table).where(of_page))
        if set(stored) != set(rows):
            if stored:
                connection.execute(delete(table).where(of_page))
            _insert(connection, table, rows)


def _rows(connection: Connection, statement: Any) -> list[Row]:
    return [tuple(row) for row in connection.execute(statement)]


def _insert(connection: Connection, table: Table, rows: list[Row]) -> None:
    for some in in_pieces(rows, powers_of_two=False):
        statement = _insert_rows(table, len(some), connection.dialect)
        connection.exec_driver_sql(statement, tuple(chain.from_iterable(some)))


@cache
def _insert_rows(table: Table, rows: int, dialect: Dialect) -> str:
    return insert_rows(list(table.columns), rows, dialect)
