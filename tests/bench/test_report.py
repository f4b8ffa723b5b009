"""The report: rounds, lines with their ratios and aims, and the table."""

import pytest

from bench.report.line import Line, Value, at_least, at_most, at_most_more, over, under
from bench.report.table import ratios
from bench.rounds import in_turn, medians, minima


def test_sides_are_measured_in_turn() -> None:
    calls: list[str] = []

    def measure(name: str) -> int:
        calls.append(name)
        return len(calls)

    measured = in_turn(2, {"ours": lambda: measure("ours"), "floor": lambda: measure("floor")})

    assert calls == ["ours", "floor", "ours", "floor"]
    assert measured == {"ours": [1, 3], "floor": [2, 4]}


def test_a_median_ignores_one_noisy_round() -> None:
    values = iter([10.0, 1000.0, 12.0])

    assert medians(3, {"ours": lambda: next(values)}) == {"ours": 12.0}


def test_the_least_of_many_is_what_no_other_work_added_to() -> None:
    values = iter([10.0, 1000.0, 12.0])

    assert minima(3, {"ours": lambda: next(values)}) == {"ours": 10.0}


@pytest.mark.parametrize(
    ("line", "ratio", "reached"),
    [
        (at_least("w", Value(60, "x/s"), Value(100, "x/s"), 0.6), "0.6x", True),
        (at_least("w", Value(59, "x/s"), Value(100, "x/s"), 0.6), "0.59x", False),
        (at_most("w", Value(12, "ms"), Value(10, "ms"), 1.2), "1.2x", True),
        (at_most("w", Value(13, "ms"), Value(10, "ms"), 1.2), "1.3x", False),
        (at_most_more("w", Value(90, "MB"), Value(40, "MB"), 50), "+50.0 MB", True),
        (at_most_more("w", Value(91, "MB"), Value(40, "MB"), 50), "+51.0 MB", False),
        (under("w", Value(99, "ms"), 100, Value(33, "ms")), "3x", True),
        (under("w", Value(100, "ms"), 100, Value(50, "ms")), "2x", False),
        (under("w", Value(100, "ms"), 100, Value(50, "ms"), judged=False), "2x", None),
        (under("w", Value(2, "kB"), 2.5), "-", True),
        (over("w", Value(1899, "x/s"), 1900), "-", False),
    ],
)
def test_a_line_says_the_ratio_and_whether_it_is_reached(
    line: Line, ratio: str, reached: bool | None
) -> None:
    assert (line.ratio, line.reached) == (ratio, reached)


def test_the_table_shows_both_sides_of_every_line() -> None:
    lines = [at_least("create", Value(1234.5, "requests/s"), Value(2469, "requests/s"), 0.5)]

    assert ratios(lines).splitlines() == [
        "| work   | ours             | other side       | ratio | aim           | reached |",
        "| ------ | ---------------- | ---------------- | ----- | ------------- | ------- |",
        "| create | 1,234 requests/s | 2,469 requests/s | 0.5x  | at least 0.5x | yes     |",
    ]


@pytest.mark.parametrize(
    ("ratio", "shown"), [(2.9, "NO"), (3, "first"), (3.9, "first"), (4, "yes")]
)
def test_of_an_aim_with_two_steps_the_table_says_which_is_reached(ratio: float, shown: str) -> None:
    line = at_least("w", Value(ratio, "x/s"), Value(1, "x/s"), 3, then=4)

    assert line.aim == "at least 3, then 4x"
    assert ratios([line]).splitlines()[-1].endswith(f" {shown:7} |")
