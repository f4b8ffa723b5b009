"""The table in Markdown, aligned so that it reads well in a terminal, too."""

from collections.abc import Sequence

from bench.report.line import Line

HEADER = ("work", "ours", "other side", "ratio", "aim", "reached")


def ratios(lines: Sequence[Line]) -> str:
    """The table of all lines."""
    rows = [HEADER, *(_cells(line) for line in lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    drawn = [_row(row, widths) for row in rows]
    drawn.insert(1, _row(["-" * width for width in widths], widths))
    return "\n".join(drawn)


def _cells(line: Line) -> tuple[str, ...]:
    return (line.work, line.ours, line.other, line.ratio, line.aim, _reached(line))


def _reached(line: Line) -> str:
    if line.reached is None:
        return "-"
    if not line.reached:
        return "NO"
    return "yes" if line.reached_all else "first"


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |"
