"""The bundled load client, for machines without wrk: `python -m bench.load_client --help`."""

import argparse
import asyncio
import json
import random
import time
from collections.abc import Callable
from statistics import quantiles
from typing import Any

import aiohttp

from bench.client import example_order

Ask = tuple[str, str, Any]  # method, path, JSON


class Load:
    """So many connections, each with one request under way, until the time is over."""

    def __init__(self, next_request: Callable[[], Ask], seconds: float) -> None:
        self._next_request = next_request
        self._seconds = seconds
        self._latencies: list[float] = []
        self._errors = 0

    async def run(self, url: str, connections: int) -> dict[str, float]:
        """Send, and tell what came of it."""
        connector = aiohttp.TCPConnector(limit=connections)
        async with aiohttp.ClientSession(url, connector=connector) as session:
            began = time.perf_counter()
            end = began + self._seconds
            await asyncio.gather(*(self._send(session, end) for _ in range(connections)))
            seconds = time.perf_counter() - began
        percentiles = quantiles(self._latencies, n=100)
        return {
            "requests": len(self._latencies),
            "seconds": seconds,
            "p50_ms": percentiles[49] * 1000,
            "p99_ms": percentiles[98] * 1000,
            "errors": self._errors,
        }

    async def _send(self, session: Any, end: float) -> None:
        while (began := time.perf_counter()) < end:
            method, path, body = self._next_request()
            try:
                async with session.request(method, path, json=body) as response:
                    await response.read()
                    self._errors += not response.ok
            except (OSError, aiohttp.ClientError):
                self._errors += 1
            self._latencies.append(time.perf_counter() - began)


def creates(prefix: str) -> Callable[[], Ask]:
    """New orders, numbered."""
    numbers = iter(range(1, 10**9))
    return lambda: ("POST", "/orders/", example_order(f"{prefix}-1-{next(numbers)}"))


def reads(path: str, numbers: int) -> Callable[[], Ask]:
    """GETs; a %d in the path becomes a number up to `numbers`."""
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
    outcome = asyncio.run(Load(asks, given.seconds).run(given.url, given.connections))
    print(json.dumps(outcome))  # noqa: T201  # the answer to whoever started it


if __name__ == "__main__":
    main()
