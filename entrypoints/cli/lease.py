"""`lease`: changes the lease that all processes on one database share."""

from datetime import timedelta

import click

from entrypoints.startup import build_container
from entrypoints.wiring.settings import LEASE_SECONDS


@click.command()
@click.argument("seconds", type=click.FloatRange(*LEASE_SECONDS))
def lease(seconds: float) -> None:
    """Change the lease of all processes on the database, without stopping them all at once.

    Processes that start from now on must have it as ORDERS_LEASE_SECONDS; they work beside those
    that have not been restarted yet. Run it again when all have been.
    """
    stores = build_container().stores()
    stores.require_schema()
    click.echo(stores.change_lease(timedelta(seconds=seconds)))
