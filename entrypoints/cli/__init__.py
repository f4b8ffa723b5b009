"""The command line: one file per command, put together here."""

import sys
from typing import Any

import click

from application.ports import RepositoryError
from domain.errors import OrderError
from entrypoints import __version__
from entrypoints.cli.copy import copy
from entrypoints.cli.export_orders import export_orders
from entrypoints.cli.flow import limit, pause, resume
from entrypoints.cli.import_orders import import_orders
from entrypoints.cli.interventions import interventions
from entrypoints.cli.lease import lease
from entrypoints.cli.migrate import migrate
from entrypoints.cli.populate import populate
from entrypoints.cli.serve import serve
from entrypoints.cli.worker import worker
from entrypoints.wiring.declaration import declarations, variable
from entrypoints.wiring.settings import Settings, StartError


class _CommandLine(click.Group):
    """Reports an expected error in one line; its help lists the settings."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (StartError, OrderError, RepositoryError) as error:
            click.echo(f"error: {error}", err=True)
            sys.exit(2)

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
    cls=_CommandLine,
    commands=[
        copy,
        export_orders,
        import_orders,
        lease,
        limit,
        migrate,
        pause,
        populate,
        resume,
        serve,
        worker,
        *interventions,
    ],
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
