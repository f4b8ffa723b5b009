"""Runs commands to their end, the service's own among them."""

import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import URL

from bench import BenchFailed
from tests.harness.processes import MAIN, run

PART = 125_000  # orders per command, which has two minutes


def migrate(database: URL) -> None:
    """Create the schema."""
    _run_main(database, "migrate")


def populate(database: URL, orders: int, batch: str) -> None:
    """Create `orders` pending orders, sim_<batch>_1 and so on. Raises BenchFailed."""
    output = _run_main(database, "populate", str(orders), "--batch-id", batch)
    if not re.search(rf"Batch {batch}: {orders} orders created", output):
        raise BenchFailed(f"populate wrote: {output[-500:]}")


def populate_in_parts(database: URL, orders: int) -> None:
    """The same with as many commands at once as there are cores; sim_bench-0_1 and so on."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        filling = [
            pool.submit(populate, database, min(PART, orders - first), f"bench-{first}")
            for first in range(0, orders, PART)
        ]
    for part in filling:
        part.result()


def output_of(*command: str, **settings: object) -> str:
    """Run it; returns its standard output. Raises BenchFailed when it fails."""
    with TemporaryDirectory(prefix="bench-") as folder:
        result = run(Path(folder), *command, **settings)
    if result.returncode != 0:
        raise BenchFailed(f"{' '.join(command)}: {result.stderr.strip()[-500:]}")
    return result.stdout


def _run_main(database: URL, *arguments: str) -> str:
    return output_of("python", MAIN, *arguments, DATABASE_URL=database)
