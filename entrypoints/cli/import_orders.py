"""`import`: orders from a file, straight into the database."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import click

from application.orders.import_orders import CHUNK, ImportOrders
from entrypoints.cli.files.formats import REJECTS, STANDARD, format_of, format_option
from entrypoints.cli.files.order_file import Found, pieces_of, usable
from entrypoints.cli.files.rejects import Rejects
from entrypoints.cli.interrupt import Interrupt, exit_interrupted
from entrypoints.cli.stored import stored_container
from entrypoints.wiring.settings import StartError

SOME_REJECTED = 1  # exit code


@click.command("import")
@click.argument(
    "path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, allow_dash=True)
)
@format_option
@click.option(
    "--rejects",
    "rejects_path",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Where rejected orders go. [default: FILE.rejects]",
)
def import_orders(path: str, format_name: str | None, rejects_path: str | None) -> None:
    """Create the orders in FILE, or in the standard input if it is -, in the database.

    A CSV file begins with the line order_id,user_id,item_ids,total_amount; a row of it is
    A1,7,"101,102",59.99. A column not_before may be added. In NDJSON each line is what POST /orders
    takes.

    The same command again passes over what is stored already, so that it resumes an import that was
    cut short. Rejected orders are written to a file of the same format, with their line and the
    reason: correct them there and import that file. The exit code is 1 then. Ctrl-C leaves what was
    created so far.
    """
    file_format = format_of(path, format_name)
    rejects = Rejects(_rejects_path(path, rejects_path), file_format)
    run = Import(stored_container().import_orders(), rejects)
    interrupt = Interrupt()
    started = time.monotonic()
    length = 0 if path == STANDARD else Path(path).stat().st_size
    bar = click.progressbar(length=length, label="Importing orders", hidden=path == STANDARD)
    with usable(path), click.open_file(path, "rb") as file, rejects, bar:
        orders = file_format.read(pieces_of(file, run.note_read))
        try:
            while some := list(islice(orders, CHUNK)):
                run.store(some)
                bar.update(run.take_read())
                interrupt.check()
        except KeyboardInterrupt:
            exit_interrupted(f"{run}; the same command resumes it.")
    seconds = time.monotonic() - started
    click.echo(f"{run}, in {seconds:.1f} s ({run.created / seconds:,.0f} orders/s).")
    if run.rejected:
        click.echo(f"See {rejects.path} for the reasons; correct it and import it.", err=True)
        sys.exit(SOME_REJECTED)


@dataclass(slots=True)
class Import:
    """What one run of the command has done so far."""

    use_case: ImportOrders
    rejects: Rejects
    created: int = 0
    found: int = 0
    rejected: int = 0
    read_bytes: int = 0  # since they were taken last

    def store(self, some: Sequence[Found]) -> None:
        """Store these in one transaction, and write those that are refused to the rejects."""
        asked = [one.order for one in some if one.order is not None]
        result = self.use_case(asked)
        refused = iter(range(len(asked)))
        for one in some:
            error = result.refused.get(next(refused)) if one.order is not None else one.problem
            if error is not None:
                self.rejects.add(one, str(error))
                self.rejected += 1
        self.created += result.created
        self.found += result.found

    def note_read(self, count: int) -> None:
        """So many more bytes of the file were read."""
        self.read_bytes += count

    def take_read(self) -> int:
        """How many bytes were read since the last call."""
        count, self.read_bytes = self.read_bytes, 0
        return count

    def __str__(self) -> str:
        return (
            f"{self.created:,} orders imported, {self.found:,} found stored already,"
            f" {self.rejected:,} rejected"
        )


def _rejects_path(path: str, given: str | None) -> Path:
    name = "import" if path == STANDARD else path
    rejects = Path(given or name + REJECTS)
    if path != STANDARD and rejects.resolve() == Path(path).resolve():
        raise StartError(f"--rejects {given!r} is the file that is imported; name another one")
    return rejects
