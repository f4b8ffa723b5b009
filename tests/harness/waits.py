"""What to compare when a test is about waiting: most of some waits, not the machine's hiccups."""

import math
from collections.abc import Iterable


def most(seconds: Iterable[float]) -> float:
    """As long as 9 of 10 of them took at most."""
    ordered = sorted(seconds)
    return ordered[math.ceil(0.9 * len(ordered)) - 1]
