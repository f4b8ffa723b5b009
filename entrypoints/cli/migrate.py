"""`migrate`: run once per version before serving on a database server."""

import click

from entrypoints.startup import build_container


@click.command()
def migrate() -> None:
    """Bring the database's schema to the one that this version needs."""
    click.echo(build_container().stores().migrate())
