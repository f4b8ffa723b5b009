"""Many rows in one statement: its text, and how many it may have."""

from collections.abc import Iterator, Sequence
from itertools import count, islice
from typing import Any, TypeVar

from sqlalchemy import Column, Dialect

T = TypeVar("T")

_AT_ONCE = 256  # rows in a statement


def insert_rows(columns: Sequence[Column[Any]], rows: int, dialect: Dialect) -> str:
    """An INSERT of so many rows of these columns, which are of one table.

    Built as text: SQLAlchemy takes 0.3 s and more to compile one of 256 rows.
    """
    quoted = dialect.identifier_preparer
    names = ", ".join(quoted.format_column(column) for column in columns)
    parameters = _parameters(dialect)
    values = ", ".join(f"({', '.join(islice(parameters, len(columns)))})" for _ in range(rows))
    table = quoted.format_table(columns[0].table)
    return f"INSERT INTO {table} ({names}) VALUES {values}"  # noqa: S608  # of names in our code


def _parameters(dialect: Dialect) -> Iterator[str]:
    """Positional parameters, one after the other, as the driver writes them."""
    match dialect.paramstyle:
        case "qmark":
            return ("?" for _ in count())
        case "format":
            return ("%s" for _ in count())
        case "numeric_dollar":
            return (f"${number}" for number in count(1))
        case other:
            raise NotImplementedError(f"parameters written as {other}")


def in_pieces(whole: Sequence[T], *, powers_of_two: bool) -> Iterator[Sequence[T]]:
    """Pieces that one statement can take: databases limit the number of parameters.

    Where the database keeps such statements prepared, the sizes are powers of two, so that few
    different texts are prepared. Elsewhere more pieces would only be more round trips.
    """
    first = 0
    while first < len(whole):
        size = min(_AT_ONCE, len(whole) - first)
        if powers_of_two:
            size = 1 << size.bit_length() - 1
        yield whole[first : first + size]
        first += size
