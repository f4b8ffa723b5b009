"""Databases on the PostgreSQL server that the tests use."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from sqlalchemy import URL

from bench.commands import populate
from tests.harness.contents import query
from tests.harness.database_servers import migrated_database, server_url

PART = 125_000  # orders per command; as many commands as there are cores run at once


@contextmanager
def filled(orders: int) -> Iterator[URL]:
    """A database with `orders` pending orders, vacuumed as autovacuum would in time."""
    with migrated_database("postgresql") as url:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            filling = [
                pool.submit(populate, url, min(PART, orders - first), f"bench-{first}")
                for first in range(0, orders, PART)
            ]
        for part in filling:
            part.result()
        query(url, "VACUUM ANALYZE")
        yield url


def server_name() -> str:
    """Its version, and whether it may lose commits."""
    version = _shown("server_version").split()[0]
    settings = [_shown(name) for name in ("fsync", "synchronous_commit")]
    return f"PostgreSQL {version}" + (", not durable" if "off" in settings else "")


def _shown(setting: str) -> str:
    ((value,),) = query(server_url("postgresql"), f"SHOW {setting}")
    return str(value)
