"""Line: one row of the table, a comparison of two sides."""

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
    """One comparison, as text; `reached` is None when the machine was too busy to judge."""

    work: str
    ours: str
    other: str = NONE
    ratio: str = NONE
    aim: str = NONE
    reached: bool | None = None


def at_least(work: str, ours: Value, other: Value, least: float) -> Line:
    """More is better: ours must be `least` times the other side's."""
    ratio = ours.number / other.number
    return _line(work, ours, other, _times(ratio), f"at least {least:g}x", reached=ratio >= least)


def at_most(work: str, ours: Value, other: Value, most: float) -> Line:
    """Less is better: ours may be `most` times the other side's."""
    ratio = ours.number / other.number
    return _line(work, ours, other, _times(ratio), f"at most {most:g}x", reached=ratio <= most)


def at_most_more(work: str, ours: Value, other: Value, most: float) -> Line:
    """Less is better: ours may exceed the other side's by `most`."""
    more = ours.number - other.number
    aim = f"at most +{most:g} {ours.unit}"
    return _line(work, ours, other, f"{more:+.1f} {ours.unit}", aim, reached=more <= most)


def under(work: str, ours: Value, most: float, other: Value, *, judged: bool = True) -> Line:
    """Less is better: ours must be under a fixed limit, whatever the other side's is.

    With judged=False it shows the numbers, and judges nothing.
    """
    ratio = ours.number / other.number
    reached = ours.number < most if judged else None
    return _line(work, ours, other, _times(ratio), f"under {most:g} {ours.unit}", reached=reached)


def _line(
    work: str, ours: Value, other: Value, ratio: str, aim: str, *, reached: bool | None
) -> Line:
    return Line(work=work, ours=str(ours), other=str(other), ratio=ratio, aim=aim, reached=reached)


def _times(ratio: float) -> str:
    return f"{short(ratio)}x"


def short(number: float) -> str:
    """With three digits, or with all of its integer part."""
    if abs(number) >= 100:  # noqa: PLR2004  # three digits are enough of a noisy number
        return f"{number:,.0f}"
    return f"{number:.3g}"
