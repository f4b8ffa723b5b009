"""The bundled load client, for machines without wrk: `python -m bench.load_client --help`."""

import argparse
import json
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from itertools import count
from statistics import quantiles
from urllib.parse import urlsplit

from bench import BenchFailed
from bench.client import Client
from tests.harness.builders import order_body

TIMEOUT_SECONDS = 30
Ask = tuple[str, str, object]  # method, path, body


class Load:
    """Connections, each with one thread and one request at a time, until the time is up."""

    def __init__(self, next_request: Callable[[], Ask], seconds: float) -> None:
        self._next_request = next_request
        self._seconds = seconds
        self._latencies: list[float] = []
        self._errors: list[str] = []

    def run(self, url: str, connections: int) -> dict[str, float]:
        """Send until the time is up; returns how many requests, how many errors, how long."""
        began = time.perf_counter()
        with ThreadPoolExecutor(connections) as pool:
            for _ in range(connections):
                pool.submit(self._send, urlsplit(url).port or 80, began + self._seconds)
        seconds = time.perf_counter() - began
        return {
            "requests": len(self._latencies),
            "seconds": seconds,
            "p99_ms": quantiles(self._latencies, n=100)[98] * 1000,
            "errors": len(self._errors),
        }

    def _send(self, port: int, end: float) -> None:
        with Client(port, TIMEOUT_SECONDS) as client:
            while (began := time.perf_counter()) < end:
                try:
                    client.send(*self._next_request())
                except (BenchFailed, OSError, HTTPException) as error:
                    self._errors.append(f"{error!r}")
                self._latencies.append(time.perf_counter() - began)


def creates(prefix: str) -> Callable[[], Ask]:
    """New orders, numbered."""
    numbers = count(1)

    def ask() -> Ask:
        return "POST", "/orders/", order_body(f"{prefix}-1-{next(numbers)}")

    return ask


def reads(path: str, numbers: int) -> Callable[[], Ask]:
    """GETs; a %d in the path becomes a random number from 1 to `numbers`."""
    return lambda: ("GET", path.replace("%d", str(random.randint(1, numbers))), None)  # noqa: S311


def main() -> None:
    """Read the arguments, send, and print the outcome as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("mode", choices=["create", "read"])
    parser.add_argument("argument", help="the prefix of new ids, or the path to read")
    parser.add_argument("numbers", type=int, nargs="?", default=1)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=3)
    given = parser.parse_args()
    creating = given.mode == "create"
    asks = creates(given.argument) if creating else reads(given.argument, given.numbers)
    outcome = Load(asks, given.seconds).run(given.url, given.connections)
    print(json.dumps(outcome))  # noqa: T201  # the answer to whoever started it


if __name__ == "__main__":
    main()
