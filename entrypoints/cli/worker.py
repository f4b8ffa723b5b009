"""`worker`: a Celery worker, or with --check a probe of this host's workers."""

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
    "--stalled-after",
    "--deaf-after",  # its name before
    "stalled_after_seconds",
    type=click.FloatRange(1),
    default=60.0,
    show_default=True,
    metavar="S",
    help="For --check: seconds that a free worker may receive nothing while hints wait.",
)
def worker(check: bool, stalled_after_seconds: float) -> None:
    """Process the orders whose hints come through a broker (ORDERS_QUEUE=celery)."""
    if check:
        processes = list(read_heartbeats(heartbeat_folder(load_settings(os.environ))))
        faults = find_faults(processes, stalled_after_seconds)
        well = f"{len(processes)} worker processes are alive and receiving"
        click.echo("\n".join(faults) or well, err=bool(faults))
        sys.exit(1 if faults else 0)
    sys.exit(build_worker().run())
