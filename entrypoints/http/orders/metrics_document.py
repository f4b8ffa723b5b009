"""The metrics as clients see them: one document, or a stream of it with every order's id."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any

from flask import Response

from application.ports import OrderSnapshot
from domain.totals import Totals
from domain.transitions import OrderStatus
from entrypoints.http.json import ENCODER
from entrypoints.http.orders.spool import Spool, SpoolMemory

ALWAYS_LISTED = {OrderStatus.PENDING, OrderStatus.PROCESSING, OrderStatus.COMPLETED}
IDS_AT_ONCE = 10_000


def metrics_document(totals: Totals) -> dict[str, Any]:
    """The specification's document, without ids."""
    counts = {
        status.lower(): {"count": totals.count(status), "order_ids": []}
        for status in _listed_statuses(totals)
    }
    return _averages(totals) | counts | {"total_orders": totals.order_count}


def stream_metrics(
    snapshot: AbstractContextManager[OrderSnapshot], memory: SpoolMemory
) -> Response:
    """The same document with the ids, as a stream. Raises RepositoryUnavailable and Busy.

    All of it is spooled first, compressed in memory, and the snapshot released: neither a slow
    client nor a wait for a thread keeps it open, and no answer breaks off because of the database.
    """
    spool = Spool(memory)
    with snapshot as opened:
        totals = opened.totals()
        spool.write(ENCODER.encode(_averages(totals)).removesuffix("}"))
        for status in _listed_statuses(totals):
            spool.write(f',"{status.lower()}":{{"count":{totals.count(status)},"order_ids":[')
            _write_ids(spool.write, opened.order_ids(status))
            spool.write("]}")
        spool.write(f',"total_orders":{totals.order_count}}}\n')
    return Response(spool.read(), mimetype="application/json")


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
