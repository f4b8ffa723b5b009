"""POST /orders/batch from one connection, against populate, which makes its orders itself."""

import time
from collections.abc import Iterator

from bench import BenchFailed
from bench.benchmarks.populate import rows_per_second
from bench.client import Client
from bench.context import Context
from bench.report.line import Line, Value, at_least
from bench.rounds import medians
from bench.servers import ours
from tests.harness.builders import order_body

ORDERS = 20_000
IN_A_BATCH = 1_000
LEAST = 0.6


def run(context: Context, orders: int = ORDERS) -> Iterator[Line]:
    """Orders a second."""

    def batches() -> float:
        with ours() as server:
            return _orders_per_second(server.client, orders)

    def populate() -> float:
        with ours() as server:
            return rows_per_second(server.client, orders)

    measured = medians(context.rounds, {"ours": batches, "populate": populate})
    yield at_least(
        f"create in batches of {IN_A_BATCH:,}, against populate",
        Value(measured["ours"], "orders/s"),
        Value(measured["populate"], "orders/s"),
        LEAST,
    )


def _orders_per_second(client: Client, orders: int) -> float:
    began = time.perf_counter()
    for first in range(0, orders, IN_A_BATCH):
        batch = [order_body(f"ORD{number}") for number in range(first, first + IN_A_BATCH)]
        _, answer = client.post("/orders/batch", batch)
        statuses = {result["status"] for result in answer["results"]}
        if statuses != {201}:
            raise BenchFailed(f"a batch was answered with {statuses}")
    return orders / (time.perf_counter() - began)
