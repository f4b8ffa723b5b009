"""`export`: what customers asked for, in a file that import takes."""

import sys
import time

import click

from domain.transitions import OrderStatus
from entrypoints.cli.files.formats import STANDARD, format_of, format_option
from entrypoints.cli.files.order_file import usable
from entrypoints.cli.interrupt import exit_interrupted
from entrypoints.cli.stored import stored_container


@click.command("export")
@click.argument("path", metavar="FILE", type=click.Path(dir_okay=False, allow_dash=True))
@format_option
@click.option(
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice(list(OrderStatus), case_sensitive=False),
    help="Only orders in this status; may be repeated.",
)
def export_orders(path: str, format_name: str | None, statuses: tuple[OrderStatus, ...]) -> None:
    """Write what all orders ask for to FILE, or to the standard output if it is -.

    Which orders there are is of one moment. FILE appears, or is replaced, when it is complete. What
    became of the orders is not in it: imported, they are new. To move a database with its history,
    use copy.
    """
    file_format = format_of(path, format_name)
    export = stored_container().export_orders()(statuses or tuple(OrderStatus))
    started = time.monotonic()
    bar = click.progressbar(length=export.total, label="Exporting orders", file=sys.stderr)
    atomic = path != STANDARD
    try:
        with usable(path), click.open_file(path, "w", encoding="utf-8", atomic=atomic) as file, bar:
            file.write(file_format.head())
            for page in export.pages:
                file.writelines(map(file_format.written, page))
                bar.update(len(page))
    except KeyboardInterrupt:
        exit_interrupted(f"{path} is as it was." if atomic else "not all orders were written.")
    seconds = time.monotonic() - started
    click.echo(
        f"{export.total:,} orders exported in {seconds:.1f} s"
        f" ({export.total / seconds:,.0f} orders/s).",
        err=True,
    )
