"""NDJSON: a line for each order, as POST /orders/batch takes them."""

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from domain.order import Order
from entrypoints.cli.files.order_file import ADDED, Found, found
from entrypoints.http.body import parse
from entrypoints.http.errors import InvalidRequest
from entrypoints.http.json import ENCODER
from entrypoints.http.orders.answers import time_text
from entrypoints.http.orders.order_document import amount_number


class NdjsonFile:
    """OrderFile; a found order's source is its JSON object."""

    def read(self, pieces: Iterable[bytes]) -> Iterator[Found]:
        line = 1
        for piece in pieces:
            if not piece.isspace():
                yield _found(line, piece)
            line += piece.endswith(b"\n")

    def rejects_head(self) -> str:
        return ""

    def rejected(self, found: Found, reason: str) -> str:
        return _json({"line": found.line, "reason": reason} | found.source) + "\n"

    def head(self) -> str:
        return ""

    def written(self, order: Order) -> str:
        document: dict[str, object] = {
            "item_ids": order.item_ids,
            "order_id": order.order_id,
            "total_amount": amount_number(order.total_amount),
            "user_id": order.user_id,
        }
        if order.not_before is not None:
            document["not_before"] = time_text(order.not_before)
        return ENCODER.encode(document) + "\n"


def _found(line: int, piece: bytes) -> Found:
    try:
        document = parse(piece, "the line")
    except InvalidRequest as error:
        return Found(line, None, error.message, _as_text(piece))
    if not isinstance(document, dict):
        return Found(line, None, "the line must be a JSON object", _as_text(piece))
    source = {name: value for name, value in document.items() if name not in ADDED}
    return found(line, source, source)


def _as_text(piece: bytes) -> dict[str, str]:
    return {"text": piece.decode("utf-8", "backslashreplace").rstrip("\r\n")}


def _json(value: Any) -> str:
    """JSON of what `parse` read: a Decimal has the digits that were sent."""
    match value:
        case Decimal():
            return str(value)
        case list():
            return f"[{', '.join(map(_json, value))}]"
        case dict():
            pairs = (f"{json.dumps(name)}: {_json(one)}" for name, one in value.items())
            return f"{{{', '.join(pairs)}}}"
        case _:
            return json.dumps(value)
