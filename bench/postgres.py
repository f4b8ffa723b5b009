"""Databases on the PostgreSQL server that the tests use."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy import URL, NullPool, create_engine, text

from bench.commands import populate_in_parts
from tests.harness.contents import query
from tests.harness.database_servers import migrated_database, server_url
from tests.harness.waits import wait_until


@contextmanager
def filled(orders: int) -> Iterator[URL]:
    """A database with `orders` pending orders, vacuumed as autovacuum would in time."""
    with migrated_database("postgresql") as url:
        populate_in_parts(url, orders)
        query(url, "VACUUM ANALYZE")
        yield url


class Written(NamedTuple):
    """What the server has written so far."""

    wal_bytes: float  # of all its databases: nobody else may use the server meanwhile
    commits: float  # of one database; a read is one, too


def written(database: URL) -> Written:
    """Once nobody is connected to the database: a connection reports its commits at its end."""
    name = f"datname = '{database.database}'"
    server = server_url("postgresql")
    connected = f"SELECT count(*) FROM pg_stat_activity WHERE {name}"  # noqa: S608  # ours
    wait_until(lambda: query(server, connected) == [(0,)])
    wal = "SELECT (pg_current_wal_lsn() - '0/0')::float8"
    commits = f"SELECT xact_commit::float8 FROM pg_stat_database WHERE {name}"  # noqa: S608
    return Written(query(server, wal)[0][0], query(server, commits)[0][0])


@contextmanager
def open_snapshot(database: URL) -> Iterator[None]:
    """A transaction that has read the orders, and is left open until the end of the block."""
    engine = create_engine(database, isolation_level="REPEATABLE READ", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text("SELECT count(*) FROM orders"))
        yield


def address(database: URL) -> str:
    """As drivers other than SQLAlchemy's take it."""
    return database.set(drivername="postgresql").render_as_string(hide_password=False)


def server_name() -> str:
    """Its version, and whether it may lose commits."""
    version = _shown("server_version").split()[0]
    settings = [_shown(name) for name in ("fsync", "synchronous_commit")]
    return f"PostgreSQL {version}" + (", not durable" if "off" in settings else "")


def _shown(setting: str) -> str:
    ((value,),) = query(server_url("postgresql"), f"SHOW {setting}")
    return str(value)
