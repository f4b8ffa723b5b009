"""`python -m bench` runs every benchmark; `python -m bench create read` only these."""

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
from bench.benchmarks.registry import BENCHMARKS
from bench.context import Context
from bench.report import machine
from bench.report.line import Line
from bench.report.table import ratios
from tests.harness.processes import ROOT

RESULTS = ROOT / "bench" / "results" / "results.md"


@click.command()
@click.argument("only", nargs=-1, type=click.Choice(list(BENCHMARKS)))
@click.option("--rounds", default=3, show_default=True, help="How often each side is measured.")
@click.option("--seconds", default=3, show_default=True, help="Of load, in each round.")
def main(only: Sequence[str], rounds: int, seconds: int) -> None:
    """Compare the service with other systems, and with itself; print the table of ratios."""
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(1)
    )  # so that the processes it started end, too
    lines: list[Line] = []
    failed = False
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        context = Context(Path(folder), rounds, seconds)
        for name in only or BENCHMARKS:
            began = time.monotonic()
            try:
                lines.extend(BENCHMARKS[name](context))
            except Exception as error:  # the others are still worth measuring
                failed = True
                traceback.print_exc()
                lines.append(Line(work=name, ours=f"failed: {error}", reached=False))
            click.echo(f"{name} took {time.monotonic() - began:.0f} s", err=True)
    report = f"{_conditions(rounds)}\n\n{ratios(lines)}\n"
    click.echo(report)
    if not only:  # a part would replace the whole table
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(f"# Results\n\n{report}", encoding="utf-8")
        click.echo(f"wrote {RESULTS.relative_to(ROOT)}", err=True)
    sys.exit(1 if failed else 0)


def _conditions(rounds: int) -> str:
    return (
        f"{date.today()}. {machine.describe()}. Load by {load.client_name()}, from a process of"
        f" its own. Medians of {rounds} rounds, both sides alternately."
    )


if __name__ == "__main__":
    main()
