"""Waiting for a condition, and the 90th percentile of waits."""

import math
import time
from collections.abc import Callable, Iterable

LIMIT_SECONDS = 120.0  # for what takes a moment on an idle machine
SOON_SECONDS, LATER_SECONDS = 0.02, 0.3  # between two polls


def wait_until(condition: Callable[[], bool], between_seconds: float | None = None) -> None:
    """Poll the condition until it holds; AssertionError after LIMIT_SECONDS.

    By default the longer it takes, the less often: the machine is needed for what is waited for.
    """
    began = time.monotonic()
    while not condition():
        waited = time.monotonic() - began
        assert waited < LIMIT_SECONDS, "the condition did not come true in time"
        time.sleep(between_seconds or min(max(SOON_SECONDS, waited / 10), LATER_SECONDS))


def p90(seconds: Iterable[float]) -> float:
    """The 90th percentile: what they take at most, but for the machine's hiccups."""
    ordered = sorted(seconds)
    return ordered[math.ceil(0.9 * len(ordered)) - 1]
