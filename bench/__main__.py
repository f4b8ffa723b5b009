"""`python -m bench` measures everything; `python -m bench create read` only these."""

import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click

from bench import load
from bench.benchmarks.known import BENCHMARKS
from bench.context import Context
from bench.processes import ROOT
from bench.report import machine
from bench.report.chart import Chart, draw
from bench.report.line import Line
from bench.report.table import aligned, ratios

RESULTS = ROOT / "bench" / "results"


@click.command()
@click.argument("only", nargs=-1, type=click.Choice(list(BENCHMARKS)))
@click.option("--rounds", default=3, show_default=True, help="How often each side is measured.")
@click.option("--seconds", default=3, show_default=True, help="Of load, in each round.")
def main(only: Sequence[str], rounds: int, seconds: int) -> None:
    """Measure the service against other sides, and print the table of ratios."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what it started ends, too
    lines: list[Line] = []
    charts: list[Chart] = []
    failed = False
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        context = Context(Path(folder), rounds, seconds)
        for name in only or BENCHMARKS:
            began = time.monotonic()
            try:
                for found in BENCHMARKS[name](context):
                    if isinstance(found, Chart):
                        charts.append(found)
                    else:
                        lines.append(found)
            except Exception as error:  # the others are still worth measuring
                failed = True
                traceback.print_exc()
                lines.append(Line(work=name, ours=f"failed: {error}", reached=False))
            click.echo(f"{name} took {time.monotonic() - began:.0f} s", err=True)
    report = f"{_conditions(rounds)}\n\n{ratios(lines)}\n"
    click.echo(report)
    _keep(report, charts, whole=not only)
    sys.exit(1 if failed else 0)


def _conditions(rounds: int) -> str:
    return (
        f"{date.today()}. {machine.describe()}. Load by {load.client_name()}, from a process of"
        f" its own. Medians of {rounds} rounds, both sides in turn."
    )


def _keep(report: str, charts: Sequence[Chart], *, whole: bool) -> None:
    RESULTS.mkdir(exist_ok=True)
    files = [draw(chart, RESULTS) for chart in charts]
    if whole:  # a part of the table would replace all of it
        parts = ["# Results\n", report, *(f"{_picture(chart)}\n" for chart in charts)]
        files.append(RESULTS / "results.md")
        files[-1].write_text("\n".join(parts), encoding="utf-8")
    for file in files:
        click.echo(f"wrote {file.relative_to(ROOT)}", err=True)


def _picture(chart: Chart) -> str:
    return f"![{chart.title}]({chart.name}.svg)\n\n{aligned(chart.rows())}"


if __name__ == "__main__":
    main()
