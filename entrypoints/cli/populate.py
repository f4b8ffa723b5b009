"""`populate`: simulated orders, straight in the database, at once or at a rate."""

import math
import time
from typing import Any

import click

from application.orders.populate_orders import MAX_ENTRIES, PopulateOrders
from domain.rules import MAX_NUMBER
from entrypoints.cli.interrupt import Interrupt, Interrupted, exit_interrupted
from entrypoints.cli.rehearsal import rehearse
from entrypoints.cli.stored import stored_container


class _Rate(click.FloatRange):
    """Not NaN either, which click finds in any range."""

    def convert(self, value: Any, *where: Any) -> float:
        number = float(super().convert(value, *where))
        if math.isnan(number):
            self.fail("nan is not a number", *where)
        return number


@click.command()
@click.argument("entries", type=click.IntRange(1, MAX_ENTRIES))
@click.option(
    "--batch-id",
    metavar="B",
    help="Name of the batch. The same name, ENTRIES and seed resume one that was cut short.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, MAX_NUMBER),
    help="Vary users, items and amounts as customers do; the same seed makes the same orders."
    " It is not stored: give it again to resume a batch.",
)
@click.option(
    "--rate",
    type=_Rate(0, MAX_ENTRIES, min_open=True),
    metavar="N",
    help="Create N orders a second, and report every second how they fare, until they are done.",
)
def populate(entries: int, batch_id: str | None, seed: int | None, rate: float | None) -> None:
    """Create ENTRIES simulated orders, sim_<batch>_1 and so on, straight in the database.

    A service on the same database processes them. Ctrl-C leaves what was created so far.
    """
    container = stored_container()
    if rate is None:
        _populate(container.populate_orders(), entries, batch_id, seed)
    else:
        rehearse(container.rehearse(), entries, rate, batch_id, seed)


def _populate(
    populate_orders: PopulateOrders, entries: int, batch_id: str | None, seed: int | None
) -> None:
    created = 0
    started = time.monotonic()
    with click.progressbar(length=entries, label="Creating orders") as bar:

        def advance(count: int, taken: int) -> None:
            nonlocal created
            created += count
            bar.update(count + taken)
            interrupt.check()

        interrupt = Interrupt()
        try:
            result = populate_orders(entries, batch_id, advance, seed=seed)
        except Interrupted:
            exit_interrupted(f"{created} of {entries} orders were created.")
        except KeyboardInterrupt:  # the second one: what was under way may be stored, or not
            exit_interrupted(f"at least {created} orders were created.")
    seconds = time.monotonic() - started
    before, taken = result.done_before, len(result.taken_ids)
    new = entries - before - taken
    earlier = f"; the first {before} entries are from an earlier run" if before else ""
    click.echo(
        f"Batch {result.batch.batch_id}: {new} orders created, {taken} ids taken,"
        f" in {seconds:.1f} s ({new / seconds:,.0f} orders/s){earlier}."
    )
