"""The metrics as clients see them: one document, or a stream of it with every order's id."""

import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any

from flask import Response

from application.ports import OrderSnapshot
from domain.totals import Totals
from domain.transitions import OrderStatus
from entrypoints.http.json import ENCODER

ALWAYS_LISTED = {OrderStatus.PENDING, OrderStatus.PROCESSING, OrderStatus.COMPLETED}
IDS_AT_ONCE = 10_000
CHUNK_BYTES = 64 * 1024


def metrics_document(totals: Totals) -> dict[str, Any]:
    """The specification's document, without ids."""
    counts = {
        status.lower(): {"count": totals.count(status), "order_ids": []}
        for status in _listed_statuses(totals)
    }
    return _averages(totals) | counts | {"total_orders": totals.order_count}


def stream_metrics(snapshot: AbstractContextManager[OrderSnapshot]) -> Response:
    """The same document with the ids, as a stream. Raises RepositoryUnavailable.

    All of it is spooled first, compressed in memory, and the snapshot released: neither a slow
    client nor a wait for a thread keeps it open, and no answer breaks off because of the database.
    """
    spool = Spool()
    with snapshot as opened:
        totals = opened.totals()
        spool.write(ENCODER.encode(_averages(totals)).removesuffix("}"))
        for status in _listed_statuses(totals):
            spool.write(f',"{status.lower()}":{{"count":{totals.count(status)},"order_ids":[')
            _write_ids(spool.write, opened.order_ids(status))
            spool.write("]}")
        spool.write(f',"total_orders":{totals.order_count}}}\n')
    return Response(spool.read(), mimetype="application/json")


class Spool:
    """Text that is written once and read once, compressed in memory: no disk to run full."""

    def __init__(self) -> None:
        self._compressor = zlib.compressobj(level=1)
        self._pieces: deque[bytes] = deque()

    def write(self, text: str) -> None:
        """Add at the end."""
        self._pieces.append(self._compressor.compress(text.encode()))

    def read(self) -> Iterator[bytes]:
        """Everything that was written; each piece is dropped once it is read."""
        self._pieces.append(self._compressor.flush())
        decompressor = zlib.decompressobj()
        while self._pieces:
            compressed = self._pieces.popleft()
            while chunk := decompressor.decompress(compressed, CHUNK_BYTES):
                yield chunk
                compressed = decompressor.unconsumed_tail


def _write_ids(write: Callable[[str], object], ids: Iterator[str]) -> None:
    separator = ""
    while some := list(islice(ids, IDS_AT_ONCE)):
        write(separator + ENCODER.encode(some)[1:-1])
        separator = ","


def _averages(totals: Totals) -> dict[str, Any]:
    """Of completed orders, in seconds."""
    return {
        "average_processing_time": totals.average_processing_seconds,
        "average_processing_time_from_creation": totals.average_total_seconds,
    }


def _listed_statuses(totals: Totals) -> list[OrderStatus]:
    """The specification's three, and others once an order has them; alphabetical, as all keys."""
    return sorted(
        status for status in OrderStatus if status in ALWAYS_LISTED or totals.count(status)
    )
