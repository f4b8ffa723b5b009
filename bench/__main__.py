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
from bench.benchmarks.registry import BENCHMARKS, BY_HAND
from bench.context import Context
from bench.report import machine
from bench.report.line import Line
from bench.report.table import ratios
from tests.harness import Missing
from tests.harness.processes import ROOT

RESULTS = ROOT / "bench" / "results" / "results.md"


@click.command()
@click.argument("only", nargs=-1, type=click.Choice([*BENCHMARKS, *BY_HAND]))
@click.option("--rounds", default=3, show_default=True, help="How often each side is measured.")
@click.option("--seconds", default=3, show_default=True, help="Of load, in each round.")
@click.option("--span", default=60, show_default=True, help="Seconds with a transaction open.")
def main(only: Sequence[str], rounds: int, seconds: int, span: int) -> None:
    """Compare the service with other systems, and with itself; print the table of ratios."""
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(1)
    )  # so that the processes it started end, too
    lines: list[Line] = []
    missing: list[str] = []
    failed = False
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        context = Context(Path(folder), rounds, seconds, span)
        for name in only or BENCHMARKS:
            began = time.monotonic()
            try:
                lines.extend((BENCHMARKS | BY_HAND)[name](context))
            except Missing as error:
                missing.append(f"{name} was not measured: {error}.")
            except Exception as error:  # the others are still worth measuring
                failed = True
                traceback.print_exc()
                lines.append(Line(work=name, ours=f"failed: {error}", reached=False))
            click.echo(f"{name} took {time.monotonic() - began:.0f} s", err=True)
    parts = [_conditions(rounds, context.servers), ratios(lines), *missing]
    report = "\n\n".join(parts) + "\n"
    click.echo(report)
    if not only:  # a part would replace the whole table
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(f"# Results\n\n{report}", encoding="utf-8")
        click.echo(f"wrote {RESULTS.relative_to(ROOT)}", err=True)
    sys.exit(1 if failed else 0)


def _conditions(rounds: int, servers: set[str]) -> str:
    measured_with = "; ".join([machine.describe(), *sorted(servers)])
    return (
        f"{date.today()}. {measured_with}. Load by {load.client_name()}, from a process of"
        f" its own. Medians of {rounds} rounds, both sides alternately. Of an aim with two steps,"
        ' "first" is the first alone.'
    )


if __name__ == "__main__":
    main()
