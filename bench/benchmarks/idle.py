"""How long an order waits on a service that has nothing else to do."""

from collections.abc import Iterator
from functools import partial
from statistics import median, quantiles

from bench.client import Client
from bench.context import Context
from bench.report.line import Line, Value, under
from bench.servers import ours
from tests.harness.builders import order_body
from tests.harness.contents import query
from tests.harness.waits import wait_until

ORDERS = 200
MOST_MS = 20.0
POLL_SECONDS = 0.005
WAITED = "SELECT processing_started_at - created_at FROM orders WHERE order_id LIKE 'idle-%'"
MICROSECONDS = 1000  # in a millisecond


def run(context: Context, orders: int = ORDERS) -> Iterator[Line]:
    """The 99th percentile, from before the order is stored, and so before the 201, to its start."""
    slowest = [_p99_ms(context, orders) for _ in range(context.rounds)]
    yield under("created to Processing, idle service, p99", Value(median(slowest), "ms"), MOST_MS)


def _p99_ms(context: Context, orders: int) -> float:
    database = context.new_database("idle")
    with ours(database, PROCESSING_SECONDS=0) as server:
        for number in range(orders):
            server.client.post("/orders/", order_body(f"idle-{number}"))
            wait_until(partial(_is_completed, server.client, f"idle-{number}"), POLL_SECONDS)
        waited = [microseconds / MICROSECONDS for (microseconds,) in query(database, WAITED)]
    p99: float = quantiles(waited, n=100)[98]
    return p99


def _is_completed(client: Client, order_id: str) -> bool:
    return bool(client.get(f"/orders/{order_id}")[1]["status"] == "Completed")
