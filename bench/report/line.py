"""Line: one row of the table, a comparison of two sides or of one side with a fixed limit."""

from collections.abc import Callable
from dataclasses import dataclass

NONE = "-"


@dataclass(frozen=True, slots=True)
class Value:
    """A number with its unit."""

    number: float
    unit: str

    def __str__(self) -> str:
        return f"{short(self.number)} {self.unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One comparison, as text; `reached` is None when the machine cannot judge it.

    Some aims have two steps: `reached` is about the first, `reached_all` about both.
    """

    work: str
    ours: str
    other: str = NONE
    ratio: str = NONE
    aim: str = NONE
    reached: bool | None = None
    reached_all: bool = True


def at_least(
    work: str,
    ours: Value,
    other: Value,
    least: float,
    *,
    then: float | None = None,
    judged: bool = True,
) -> Line:
    """More is better: ours must be `least` times the other side's, and `then` later on."""
    ratio = ours.number / other.number
    aim = _Aim("at least", least, then, "x", lambda bound: ratio >= bound)
    return aim.line(work, ours, str(other), _times(ratio), judged=judged)


def at_most(work: str, ours: Value, other: Value, most: float) -> Line:
    """Less is better: ours may be `most` times the other side's."""
    ratio = ours.number / other.number
    aim = _Aim("at most", most, None, "x", lambda bound: ratio <= bound)
    return aim.line(work, ours, str(other), _times(ratio))


def at_most_more(work: str, ours: Value, other: Value, most: float) -> Line:
    """Less is better: ours may exceed the other side's by `most`."""
    more = ours.number - other.number
    aim = _Aim("at most +", most, None, f" {ours.unit}", lambda bound: more <= bound)
    return aim.line(work, ours, str(other), f"{more:+.1f} {ours.unit}")


def under(
    work: str,
    ours: Value,
    most: float,
    other: Value | None = None,
    *,
    then: float | None = None,
    judged: bool = True,
) -> Line:
    """Less is better: ours must be under a fixed limit, whatever the other side's is.

    With judged=False it shows the numbers, and judges nothing.
    """
    aim = _Aim("under", most, then, f" {ours.unit}", lambda bound: ours.number < bound)
    ratio = NONE if other is None else _times(ours.number / other.number)
    return aim.line(work, ours, NONE if other is None else str(other), ratio, judged=judged)


def over(work: str, ours: Value, least: float) -> Line:
    """More is better: ours must reach a fixed number."""
    aim = _Aim("at least", least, None, f" {ours.unit}", lambda bound: ours.number >= bound)
    return aim.line(work, ours, NONE, NONE)


@dataclass(frozen=True, slots=True)
class _Aim:
    words: str
    first: float
    then: float | None
    unit: str
    is_reached: Callable[[float], bool]

    def line(self, work: str, ours: Value, other: str, ratio: str, *, judged: bool = True) -> Line:
        gap = "" if self.words.endswith("+") else " "
        then = "" if self.then is None else f", then {_number(self.then)}"
        return Line(
            work=work,
            ours=str(ours),
            other=other,
            ratio=ratio,
            aim=f"{self.words}{gap}{_number(self.first)}{then}{self.unit}",
            reached=self.is_reached(self.first) if judged else None,
            reached_all=self.then is None or self.is_reached(self.then),
        )


def _number(bound: float) -> str:
    return f"{bound:,.10g}"


def _times(ratio: float) -> str:
    return f"{short(ratio)}x"


def short(number: float) -> str:
    """With three digits, or with all of its integer part."""
    if abs(number) >= 100:  # noqa: PLR2004  # three digits are enough of a noisy number
        return f"{number:,.0f}"
    return f"{number:.3g}"
