"""Measures both sides alternately, because a machine's noise drifts."""

from collections.abc import Callable, Mapping
from statistics import median
from typing import TypeVar

T = TypeVar("T")


def in_turn(rounds: int, sides: Mapping[str, Callable[[], T]]) -> dict[str, list[T]]:
    """The results of each side; a round measures every side once."""
    measured: dict[str, list[T]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, measure in sides.items():
            measured[name].append(measure())
    return measured


def medians(rounds: int, sides: Mapping[str, Callable[[], float]]) -> dict[str, float]:
    """The median of each side, measured alternately."""
    return {name: median(values) for name, values in in_turn(rounds, sides).items()}


def minima(rounds: int, sides: Mapping[str, Callable[[], float]]) -> dict[str, float]:
    """The least of each side, measured alternately: of CPU, where all noise only adds."""
    return {name: min(values) for name, values in in_turn(rounds, sides).items()}
