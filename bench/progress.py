"""How fast a service completes orders, seen from outside."""

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import URL

from bench import BenchFailed
from bench.client import Client
from tests.harness.contents import query
from tests.harness.waits import wait_until

POLL_SECONDS = 0.05
FEED_SECONDS = 0.02  # between two looks at a backlog
FEED = 1_000  # a backlog is refilled to this much above its size


def per_second(completed: Callable[[], int], orders: int) -> float:
    """Orders a second, from the first completed order that was seen until `orders` are."""
    wait_until(lambda: completed() > 0, POLL_SECONDS)
    began, first = time.monotonic(), completed()
    wait_until(lambda: completed() >= orders, POLL_SECONDS)
    return (orders - first) / (time.monotonic() - began)


def per_second_during(completed: Callable[[], int], seconds: float) -> float:
    """Orders a second in that time. Raises BenchFailed when none was completed."""
    began, first = time.monotonic(), completed()
    time.sleep(seconds)  # that time is what is measured
    count = completed() - first
    if count == 0:
        raise BenchFailed("no order was completed")
    return count / (time.monotonic() - began)


def by_metrics(client: Client) -> Callable[[], int]:
    """How many orders the service says are completed; between two looks it is not connected."""

    def completed() -> int:
        count: int = client.get("/orders/metrics")[1]["completed"]["count"]
        client.close()  # the server drops a connection that idles between two looks
        return count

    return completed


def in_database(database: URL) -> Callable[[], int]:
    """The same where no one server knows: by the counters in the database."""
    return lambda: int(query(database, "SELECT sum(completed) FROM order_counters")[0][0])


def feed(client: Client, pending: int, seconds: float) -> Any:
    """Keep the backlog at `pending` for `seconds`; returns the last metrics.

    Raises BenchFailed when it is empty at the end.
    """
    end = time.monotonic() + seconds
    while True:
        _, metrics = client.get("/orders/metrics")
        waiting = metrics["pending"]["count"]
        if time.monotonic() > end:
            if waiting == 0:
                raise BenchFailed("orders were completed faster than new ones could be added")
            return metrics
        if waiting < pending:
            client.post("/orders/populate", {"total_entries": pending + FEED - waiting})
        time.sleep(FEED_SECONDS)  # the service says nothing when its backlog shrinks
