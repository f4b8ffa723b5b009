"""What every benchmark gets: how long and how often to measure, and databases to start from."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import URL

from bench.commands import migrate, populate

BATCH = "bench"
SUFFIXES = ("", "-wal")  # the files of a closed database


@dataclass(frozen=True, slots=True)
class Context:
    """One run of the bench. Each database is filled once, and copied for each benchmark."""

    folder: Path
    rounds: int = 3
    seconds: int = 3  # of load, in each round
    span: int = 60  # seconds for which a transaction is left open
    servers: set[str] = field(default_factory=set)  # names of those that were measured with
    _databases: dict[int, URL] = field(default_factory=dict)

    def copy_of_database(self, orders: int, name: str) -> URL:
        """A copy of the database with `orders` pending orders, sim_bench_1 and so on."""
        original, copy = self.database(orders).database, self._unused(name)
        for suffix in SUFFIXES:
            if (source := Path(f"{original}{suffix}")).exists():
                shutil.copyfile(source, f"{copy.database}{suffix}")
        return copy

    def database(self, orders: int) -> URL:
        """The original with `orders` pending orders; do not write to it."""
        if orders not in self._databases:
            populate(url := self._unused(f"{orders}-orders"), orders, BATCH)
            self._databases[orders] = url
        return self._databases[orders]

    def new_database(self, name: str) -> URL:
        """A new file with the schema and no orders."""
        migrate(url := self._unused(name))
        return url

    def _unused(self, name: str) -> URL:
        path = self.folder / f"{name}.db"
        for suffix in (*SUFFIXES, "-shm", "-journal"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        return URL.create("sqlite", database=str(path))
