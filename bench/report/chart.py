"""Chart: a scaling curve, drawn as an SVG whose bytes depend on nothing but the numbers."""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.report.line import short


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Curves over one x axis, which is logarithmic."""

    name: str
    title: str
    x_label: str
    y_label: str
    x_base: int  # of the logarithm on the x axis
    curves: Mapping[str, Sequence[tuple[float, float]]]

    def rows(self) -> list[list[str]]:
        """The numbers as a table, whose first row is its header."""
        points = [dict(curve) for curve in self.curves.values()]
        numbers = [
            [f"{x:,.0f}", *(short(curve[x]) for curve in points)]
            for x in sorted(set().union(*points))
        ]
        return [[self.x_label, *(f"{name}, {self.y_label}" for name in self.curves)], *numbers]


def draw(chart: Chart, folder: Path) -> Path:
    """Write the chart to the folder; returns the file."""
    matplotlib = importlib.import_module("matplotlib")
    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = chart.name  # else its ids differ from run to run
    figure, axes = importlib.import_module("matplotlib.pyplot").subplots(figsize=(7, 4))
    for label, points in chart.curves.items():
        axes.plot(*zip(*points, strict=True), marker="o", label=label)
    axes.set_xscale("log", base=chart.x_base)
    ticks = sorted({x for points in chart.curves.values() for x, _ in points})
    axes.set_xticks(ticks, [f"{tick:,.0f}" for tick in ticks])
    axes.set_ylim(bottom=0)
    axes.set(title=chart.title, xlabel=chart.x_label, ylabel=chart.y_label)
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    path = folder / f"{chart.name}.svg"
    figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
    return path
