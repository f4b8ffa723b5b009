"""`worker`: a Celery worker, or a probe of this host's."""

import os
import sys

import click

from entrypoints.startup import build_worker
from entrypoints.wiring.load_settings import load_settings
from entrypoints.worker.health_check import find_faults, heartbeat_folder, read_heartbeats


@click.command()
@click.option(
    "--check", is_flag=True, help="Report whether this host's workers are alive and receiving."
)
@click.option(
    "--deaf-after",
    type=click.FloatRange(1),
    default=60.0,
    show_default=True,
    metavar="S",
    help="For --check: seconds in which a free worker must hear of hints that wait.",
)
def worker(check: bool, deaf_after: float) -> None:
    """Process orders that the API, or others, hand over through a broker (ORDERS_QUEUE=celery)."""
    if check:
        processes = list(read_heartbeats(heartbeat_folder(load_settings(os.environ))))
        faults = find_faults(processes, stalled_after_seconds=deaf_after)
        click.echo("\n".join(faults) or f"{len(processes)} alive and receiving", err=bool(faults))
        sys.exit(1 if faults else 0)
    sys.exit(build_worker().run())
