"""A rehearsal as `populate --rate` shows it: one line, which changes every second."""

import sys
from datetime import timedelta

import click

from application.orders.rehearse import Progress, Rehearse
from entrypoints.cli.interrupt import Interrupt, exit_interrupted

WIDTH = 79  # of the line, which covers the one before it


def rehearse(
    use_case: Rehearse, entries: int, per_second: float, batch_id: str | None, seed: int | None
) -> None:
    """Run it, and show how it goes; where nobody watches, each second has a line of its own."""
    is_watched = sys.stdout.isatty()
    created = 0

    def show(progress: Progress) -> None:
        nonlocal created
        created = progress.created
        line = _line(progress)
        click.echo(f"\r{line.ljust(WIDTH)}" if is_watched else line, nl=not is_watched)
        interrupt.check()

    interrupt = Interrupt()
    try:
        result = use_case(entries, per_second, show, batch_id, seed)
    except KeyboardInterrupt:
        exit_interrupted(f"at least {created} of {entries} orders were created.")
    if is_watched:
        click.echo()  # the line stays
    taken = len(result.taken_ids)
    new = entries - result.done_before - taken
    click.echo(f"Batch {result.batch.batch_id}: {new} orders created, {taken} ids taken.")


def _line(progress: Progress) -> str:
    return (
        f"created {progress.created:,}, done {progress.done:,}, in line {progress.in_line:,};"
        f" wait p50 {_seconds(progress.p50)}, p95 {_seconds(progress.p95)}"
    )


def _seconds(wait: timedelta | None) -> str:
    return "-" if wait is None else f"{wait.total_seconds():.2f} s"
