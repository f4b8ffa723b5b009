"""The service's own commands, each a process that ends by itself."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.processes import PYTHON, ROOT, BenchFailed, run

MAIN = str(ROOT / "main.py")


def migrate(url: str) -> None:
    """Give the database the schema."""
    _run(url, "migrate")


def populate(url: str, orders: int, batch: str) -> None:
    """Create so many pending orders, sim_<batch>_1 and so on."""
    output = _run(url, "populate", str(orders), "--batch-id", batch)
    if not re.search(rf"Batch {batch}: {orders} orders created", output):
        raise BenchFailed(f"populate said: {output[-500:]}")


def _run(url: str, *arguments: str) -> str:
    with TemporaryDirectory(prefix="bench-") as folder:  # with no .env in it
        return run([PYTHON, MAIN, *arguments], Path(folder), DATABASE_URL=url)
