"""Steps that may be taken again: MySQL and MariaDB keep those of a migration that was killed."""

import sqlalchemy as sa
from alembic import op


def keeps_steps() -> bool:
    """Whether each step is committed by itself; elsewhere, what is there already is in the way."""
    return op.get_bind().dialect.name in {"mysql", "mariadb"}


def create_index_once(name: str, table: str, columns: list[str]) -> None:
    """Unless it is there."""
    if name not in {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}:
        op.create_index(name, table, columns)


def add_column_once(table: str, column: sa.Column[int]) -> None:
    """Unless it is there."""
    if column.name not in {found["name"] for found in sa.inspect(op.get_bind()).get_columns(table)}:
        op.add_column(table, column)


def fill_once(table: sa.Table, rows: list[dict[str, int]]) -> None:
    """Unless there are rows."""
    if op.get_bind().execute(sa.select(table).limit(1)).first() is None:
        op.bulk_insert(table, rows)
