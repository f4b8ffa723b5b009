"""Waiting for a condition, and the 90th percentile of waits."""

import math
import time
from collections.abc import Callable, Iterable

LIMIT_SECONDS = 120.0  # for what takes a moment on an idle machine


def wait_until(condition: Callable[[], bool], between_seconds: float = 0.02) -> None:
    """Poll the condition until it holds; AssertionError after LIMIT_SECONDS."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(between_seconds)


def p90(seconds: Iterable[float]) -> float:
    """The 90th percentile: what they take at most, but for the machine's hiccups."""
    ordered = sorted(seconds)
    return ordered[math.ceil(0.9 * len(ordered)) - 1]
