"""CSV: a line with the names of the columns, and a row for each order."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from io import StringIO

from application.orders.create_order import NewOrder
from domain.order import Order
from entrypoints.cli.files.order_file import ADDED, Found, found
from entrypoints.http.orders.answers import time_text
from entrypoints.wiring.settings import StartError

COLUMNS = NewOrder._fields
NEEDED = [name for name in COLUMNS if name not in NewOrder._field_defaults]
INTEGER = re.compile(r"-?[0-9]{1,20}")
AMOUNT = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")


class CsvFile:
    """OrderFile; a found order's source is its cells, without what a rejected one has beyond."""

    def __init__(self) -> None:
        self._columns: Sequence[str] = COLUMNS  # of the orders in the file that is read

    def read(self, pieces: Iterable[bytes]) -> Iterator[Found]:
        # What is not UTF-8 is no order, and is written as it was.
        rows = csv.reader(piece.decode("utf-8", "surrogateescape") for piece in pieces)
        header = [name.strip() for name in next(rows, [])]
        self._columns = [name for name in header if name not in ADDED]
        if sorted(self._columns) not in (sorted(COLUMNS), sorted(NEEDED)):
            raise StartError(
                f"the file begins with {','.join(header)[:100]!r}; a CSV file of orders begins with"
                f" the line {','.join(NEEDED)}, its columns in any order; not_before may be added"
            )
        while True:
            line = rows.line_num + 1
            try:
                cells = next(rows, None)
            except csv.Error as error:
                problem = f"not CSV ({error}): correct it in the file itself"
                yield Found(line, None, problem, [])
                continue
            if cells is None:
                return
            if cells:  # not an empty line
                yield self._found(line, header, cells)

    def rejects_head(self) -> str:
        return _row([*ADDED, *self._columns])

    def rejected(self, found: Found, reason: str) -> str:
        return _row([str(found.line), reason, *found.source])

    def head(self) -> str:
        return _row(COLUMNS)

    def written(self, order: Order) -> str:
        items = ",".join(map(str, order.item_ids))
        not_before = time_text(order.not_before) or ""
        return _row(
            [order.order_id, str(order.user_id), items, str(order.total_amount), not_before]
        )

    def _found(self, line: int, header: list[str], cells: list[str]) -> Found:
        added = {place for place, name in enumerate(header) if name in ADDED}
        source = [cell for place, cell in enumerate(cells) if place not in added]
        if len(source) != len(self._columns):
            problem = f"the line has {len(source)} cells of an order, not {len(self._columns)}"
            return Found(line, None, problem, source)
        values = dict(zip(self._columns, source, strict=True))
        return found(line, _document(values), source)


def _document(values: dict[str, str]) -> dict[str, object]:
    """What JSON would have said; text that is no number stays text, which the schema refuses."""
    items = values["item_ids"].strip()
    return {
        "order_id": values["order_id"].strip(),
        "user_id": _integer(values["user_id"]),
        "item_ids": [_integer(item) for item in items.split(",")] if items else [],
        "total_amount": _amount(values["total_amount"]),
        "not_before": values.get("not_before", "").strip() or None,
    }


def _integer(text: str) -> int | str:
    return int(text) if INTEGER.fullmatch(text.strip()) else text


def _amount(text: str) -> Decimal | str:
    return Decimal(text.strip()) if AMOUNT.fullmatch(text.strip()) else text


def _row(cells: Iterable[str]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
