"""Steps that may be repeated: MySQL and MariaDB keep those of a migration that was killed."""

from typing import Any

import sqlalchemy as sa
from alembic import op


def keeps_steps() -> bool:
    """Whether each step commits by itself, so that a migration may find some of its own done."""
    return op.get_bind().dialect.name in {"mysql", "mariadb"}


def create_index_once(name: str, table: str, columns: list[str], where: str | None = None) -> None:
    """Create the index unless it exists; `where` the database knows indexes on some rows only."""
    if name not in {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}:
        some = None if where is None else sa.text(where)
        op.create_index(name, table, columns, sqlite_where=some, postgresql_where=some)


def keep_writers_out(*tables: str) -> None:
    """Until the migration ends, from tables that are named in the order in which writers use them.

    For PostgreSQL, which locks each table when a step comes to it, and keeps it locked: a writer
    that has one and wants another, which a step has that wants the first one, is a deadlock.
    """
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"LOCK TABLE {', '.join(tables)} IN SHARE ROW EXCLUSIVE MODE")


def add_column_once(table: str, column: sa.Column[Any]) -> None:
    """Add the column unless it exists."""
    if column.name not in {found["name"] for found in sa.inspect(op.get_bind()).get_columns(table)}:
        op.add_column(table, column)


def fill_once(table: sa.Table, rows: list[dict[str, int]]) -> None:
    """Insert the rows unless the table has some."""
    if op.get_bind().execute(sa.select(table).limit(1)).first() is None:
        op.bulk_insert(table, rows)
