"""Line: one row of the table of ratios, with both sides of it."""

from dataclasses import dataclass

NONE = "-"


@dataclass(frozen=True, slots=True)
class Value:
    """A number and its unit, as it is shown."""

    number: float
    unit: str

    def __str__(self) -> str:
        return f"{short(self.number)} {self.unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One comparison in words; `reached` is None where the machine was too busy to judge."""

    work: str
    ours: str
    other: str = NONE
    ratio: str = NONE
    bound: str = NONE
    reached: bool | None = None


def at_least(work: str, ours: Value, other: Value, least: float) -> Line:
    """More is better: ours must be `least` times the other side's."""
    ratio = ours.number / other.number
    return Line(
        work=work,
        ours=str(ours),
        other=str(other),
        ratio=f"{ratio:.2f}x",
        bound=f"{least:g}x",
        reached=ratio >= least,
    )


def at_most(work: str, ours: Value, other: Value, most: float) -> Line:
    """Less is better: ours may be `most` times the other side's."""
    ratio = ours.number / other.number
    return Line(
        work=work,
        ours=str(ours),
        other=str(other),
        ratio=f"{ratio:.2f}x",
        bound=f"at most {most:g}x",
        reached=ratio <= most,
    )


def at_most_more(work: str, ours: Value, other: Value, most: float) -> Line:
    """Less is better: ours may exceed the other side's by `most`."""
    difference = ours.number - other.number
    return Line(
        work=work,
        ours=str(ours),
        other=str(other),
        ratio=f"{difference:+.1f} {ours.unit}",
        bound=f"at most +{most:g} {ours.unit}",
        reached=difference <= most,
    )


def under(work: str, ours: Value, most: float, other: Value, *, judged: bool = True) -> Line:
    """Less is better: ours must be under a fixed limit, whatever the other side's is."""
    return Line(
        work=work,
        ours=str(ours),
        other=str(other),
        ratio=f"{ours.number / other.number:.2f}x",
        bound=f"under {most:g} {ours.unit}",
        reached=ours.number < most if judged else None,
    )


def short(number: float) -> str:
    """With three digits, or all of its integer ones."""
    if abs(number) >= 100:  # noqa: PLR2004  # three digits are enough of a noisy number
        return f"{number:,.0f}"
    return f"{number:.3g}"
