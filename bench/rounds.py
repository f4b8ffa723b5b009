"""Both sides in turn, several times: machines are noisy, and their noise drifts."""

from collections.abc import Callable, Mapping
from statistics import median
from typing import TypeVar

T = TypeVar("T")


def in_turn(rounds: int, sides: Mapping[str, Callable[[], T]]) -> dict[str, list[T]]:
    """What each side measured in each round; a round measures every side once."""
    measured: dict[str, list[T]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, measure in sides.items():
            measured[name].append(measure())
    return measured


def medians(rounds: int, sides: Mapping[str, Callable[[], float]]) -> dict[str, float]:
    """The median of each side, measured in turn."""
    return {name: median(values) for name, values in in_turn(rounds, sides).items()}
