"""Runs commands to their end, the service's own among them."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import URL

from bench import BenchFailed
from tests.harness.processes import MAIN, run


def migrate(database: URL) -> None:
    """Create the schema."""
    _run_main(database, "migrate")


def populate(database: URL, orders: int, batch: str) -> None:
    """Create `orders` pending orders, sim_<batch>_1 and so on. Raises BenchFailed."""
    output = _run_main(database, "populate", str(orders), "--batch-id", batch)
    if not re.search(rf"Batch {batch}: {orders} orders created", output):
        raise BenchFailed(f"populate wrote: {output[-500:]}")


def output_of(*command: str, **settings: object) -> str:
    """Run it; returns its standard output. Raises BenchFailed when it fails."""
    with TemporaryDirectory(prefix="bench-") as folder:
        result = run(Path(folder), *command, **settings)
    if result.returncode != 0:
        raise BenchFailed(f"{' '.join(command)}: {result.stderr.strip()[-500:]}")
    return result.stdout


def _run_main(database: URL, *arguments: str) -> str:
    return output_of("python", MAIN, *arguments, DATABASE_URL=database)
