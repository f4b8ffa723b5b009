"""GET /orders/metrics?getOrderIds=true over very many orders: when it begins, what it takes."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from bench.context import Context
from bench.memory import Growth
from bench.processes import BenchFailed
from bench.report.line import Line, Value, under
from bench.servers import HOUR, Server, ours

ORDERS = 1_000_000
PATH = "/orders/metrics?getOrderIds=true"
FIRST_BYTE_MS = 200.0
GROWTH_MB = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One answer, all of whose ids were there."""

    first_byte_ms: float
    all_bytes_ms: float
    growth_mb: float


def run(context: Context) -> Iterator[Line]:
    """The first byte, all of them, and by how much the service's memory grew."""
    listings = []
    for _ in range(context.rounds):
        database = context.copy_of_database(ORDERS, "ids")
        with ours(database, PROCESSING_SECONDS=HOUR, MAX_WORKERS=1) as server:
            listings.append(_list(server))
    first_byte = median(listing.first_byte_ms for listing in listings)
    all_bytes = median(listing.all_bytes_ms for listing in listings)
    growth = median(listing.growth_mb for listing in listings)
    work = f"getOrderIds over {ORDERS:,} orders"
    yield under(f"{work}, first byte", Value(first_byte, "ms"), FIRST_BYTE_MS)
    yield under(f"{work}, memory", Value(growth, "MB more"), GROWTH_MB)
    yield Line(work=f"{work}, valid JSON", ours=f"{all_bytes:,.0f} ms for all of it", reached=True)


def _list(server: Server) -> Listing:
    connection = server.client.connection
    with Growth(server.process) as growth:
        began = time.perf_counter()
        connection.request("GET", PATH)
        response = connection.getresponse()
        answer = response.read(1)
        first_byte = time.perf_counter() - began
        answer += response.read()
        all_bytes = time.perf_counter() - began
    document = json.loads(answer)
    ids = [
        order_id
        for part in document.values()
        if isinstance(part, dict)
        for order_id in part["order_ids"]
    ]
    if len(set(ids)) != document["total_orders"] or len(ids) < ORDERS:
        raise BenchFailed(f"{len(ids)} ids of {document['total_orders']} orders")
    return Listing(
        first_byte_ms=first_byte * 1000,
        all_bytes_ms=all_bytes * 1000,
        growth_mb=growth.megabytes,
    )
