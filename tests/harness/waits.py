"""Waiting for a condition, and what to compare when a test is about waiting."""

import math
import time
from collections.abc import Callable, Iterable

LIMIT_SECONDS = 120.0  # for what takes a moment on a machine with nothing else to do


def wait_until(condition: Callable[[], bool], between_seconds: float = 0.02) -> None:
    """Return when the condition holds, looked at so often; fail when it does not in time."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(between_seconds)  # not for luck


def p90(seconds: Iterable[float]) -> float:
    """As long as 9 of 10 of them took at most: not the machine's hiccups."""
    ordered = sorted(seconds)
    return ordered[math.ceil(0.9 * len(ordered)) - 1]
