"""The command line."""

import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

import click

from application.orders.populate_orders import MAX_ENTRIES
from application.ports import RepositoryError
from domain.errors import OrderError
from entrypoints import __version__
from entrypoints.cli.copy import copy_orders
from entrypoints.serving.server import serve as run_server
from entrypoints.startup import build_container, build_worker, prepare, start_app
from entrypoints.wiring.declaration import declarations
from entrypoints.wiring.load_settings import load_settings
from entrypoints.wiring.setting_fields import MEMORY_URL
from entrypoints.wiring.settings import LEASE_SECONDS, Settings, StartError, variable
from entrypoints.worker.health_check import find_faults, health_folder, signs_of_life


def _one_line_errors(command: Callable[..., None]) -> Callable[..., None]:
    @wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except (StartError, OrderError, RepositoryError) as error:
            click.echo(f"error: {error}", err=True)
            sys.exit(2)

    return wrapper


class _Interrupted(Exception):
    """Between two transactions."""


class _Interrupt:
    """Notes the first Ctrl-C, so that no transaction is left in doubt; the second one breaks in."""

    def __init__(self) -> None:
        self.seen = False
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # nohup means it
            signal.signal(signal.SIGINT, self._note)

    def _note(self, *_: object) -> None:
        self.seen = True
        signal.signal(signal.SIGINT, signal.default_int_handler)


class _WithSettings(click.Group):
    """Its help ends with the settings."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Settings"):
            formatter.write_dl(
                [
                    (variable(name), f"{declared.meaning} [default: {declared.default or 'none'}]")
                    for name, declared in declarations(Settings).items()
                ],
                col_max=40,  # the longest name has 32
            )


@click.group(
    cls=_WithSettings,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="order-service", message="%(prog)s %(version)s")
@click.pass_context
def main(context: click.Context) -> None:
    """An order service: takes orders over HTTP, processes them, and loses none.

    Without a command it serves. Settings come from the environment or a .env file.
    """
    if context.invoked_subcommand is None:
        context.invoke(serve)


@main.command()
@click.option("--host", metavar="HOST", help="Where to listen, instead of ORDERS_HOST.")
@click.option("--port", metavar="PORT", help="On which port, instead of ORDERS_PORT.")
@_one_line_errors
def serve(host: str | None, port: str | None) -> None:
    """Serve the API, and process orders, until Ctrl-C or SIGTERM."""
    container = build_container(host=host, port=port)
    prepare(container)
    settings = container.settings()
    name = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"http://{name}:{settings.port}"

    def announce() -> None:
        click.echo(f"Orders at {address}/orders, documentation at {address}/docs. Ctrl-C stops.")

    run_server(settings, start_app, lambda: prepare(container), announce)


@main.command()
@click.option("--check", is_flag=True, help="Tell whether this host's workers live and hear.")
@click.option(
    "--deaf-after",
    type=click.FloatRange(1),
    default=60.0,
    show_default=True,
    metavar="S",
    help="For --check: seconds in which a free worker must hear of hints that wait.",
)
@_one_line_errors
def worker(check: bool, deaf_after: float) -> None:
    """Process orders that the API, or others, hand over through a broker (ORDERS_QUEUE=celery)."""
    if check:
        signs = list(signs_of_life(health_folder(load_settings(os.environ))))
        faults = find_faults(signs, deaf_after)
        click.echo("\n".join(faults) or f"{len(signs)} live, and hear", err=bool(faults))
        sys.exit(1 if faults else 0)
    sys.exit(build_worker().run())


@main.command()
@_one_line_errors
def migrate() -> None:
    """Bring the database's schema to the one that this version needs."""
    click.echo(build_container().migrate_database())


@main.command()
@click.argument("seconds", type=click.FloatRange(*LEASE_SECONDS))
@_one_line_errors
def lease(seconds: float) -> None:
    """Have all processes on the database use another lease, without stopping them all at once.

    Processes that start from now on must have it as ORDERS_LEASE_SECONDS, and get on with those
    that have not been restarted yet. Run it once more when all have been.
    """
    container = build_container()
    container.prepare_database()
    click.echo(container.change_lease(timedelta(seconds=seconds)))


@main.command()
@click.argument("entries", type=click.IntRange(1, MAX_ENTRIES))
@click.option(
    "--batch-id",
    metavar="B",
    help="Name the batch. The same name and N go on with one that was cut short.",
)
@_one_line_errors
def populate(entries: int, batch_id: str | None) -> None:
    """Create N simulated orders, sim_<batch>_1 to sim_<batch>_N, straight in the database.

    A service on the same database processes them. Ctrl-C leaves what was created so far.
    """
    container = build_container()
    if container.settings().database == "memory":
        raise StartError(f"ORDERS_DATABASE_URL={MEMORY_URL!r} ends with this command; use a file")
    container.prepare_database()
    created = 0
    started = time.monotonic()
    with click.progressbar(length=entries, label="Creating orders") as bar:

        def advance(count: int, taken: int) -> None:
            nonlocal created
            created += count
            bar.update(count + taken)
            if interrupt.seen:
                raise _Interrupted

        interrupt = _Interrupt()
        try:
            result = container.populate_orders()(entries, batch_id, advance)
        except _Interrupted:
            click.echo(f"\nInterrupted: {created} of {entries} orders were created.", err=True)
            sys.exit(130)
        except KeyboardInterrupt:  # the second one: what was under way may be stored, or not
            click.echo(f"\nInterrupted: at least {created} orders were created.", err=True)
            sys.exit(130)
    seconds = time.monotonic() - started
    click.echo(
        f"Batch {result.batch.batch_id}: {result.success_count} orders created,"
        f" {result.batch.taken} ids taken, in {seconds:.1f} s ({entries / seconds:,.0f} orders/s)."
    )


@main.command()
@click.option("--from", "source", required=True, metavar="URL", help="The database to read.")
@click.option("--to", "target", required=True, metavar="URL", help="An empty one, to fill.")
@_one_line_errors
def copy(source: str, target: str) -> None:
    """Copy all orders, with their history, into another database, and verify the copy.

    Stop the services on both before. The source stays as it is; the target is migrated, and no
    service starts on it until the copy is verified. Ctrl-C, or any failure, leaves a copy that the
    same command finishes.
    """
    copy_orders(source, target, _Interrupt())
