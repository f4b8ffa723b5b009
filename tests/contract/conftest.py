"""Every implementation of a port, for the one suite that they all pass."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, delete, update

from adapters.memory import InMemoryOrderRepository
from adapters.sql.databases.server_kinds import READER, WRITER, Patience
from adapters.sql.databases.servers import open_server
from adapters.sql.databases.sqlite import (
    SqliteLibrary,
    choose_library,
    open_sqlite,
)
from adapters.sql.repositories import server_repository, sqlite_repository
from adapters.sql.repository import SqlOrderRepository
from adapters.sql.schema.revision import migrate
from adapters.sql.schema.tables import metadata, order_counters, order_feed, order_shared
from adapters.sql.write_path.statements import COUNTERS
from application.ports import OrderRepository
from tests.harness.database_servers import migrated_database

ROLLBACK_JOURNAL = SqliteLibrary(sqlite3, "DELETE")  # where no safe library is to be had


@pytest.fixture(scope="session")
def postgres() -> Iterator[URL]:
    """A migrated database on PostgreSQL, for the whole run."""
    with migrated_database("postgresql") as url:
        yield url


@pytest.fixture(scope="session")
def mysql() -> Iterator[URL]:
    """A migrated database on MariaDB or MySQL, for the whole run."""
    with migrated_database("mysql") as url:
        yield url


def on_sqlite(path: Path, library: SqliteLibrary | None = None) -> Iterator[SqlOrderRepository]:
    engine = open_sqlite(URL.create("sqlite", database=str(path)), library or choose_library())
    migrate(engine)
    repository = sqlite_repository(engine)
    yield repository
    repository.close()


def on_server(url: URL) -> Iterator[SqlOrderRepository]:
    repository = open_repository(url)
    yield repository
    repository.close()


def open_repository(
    url: URL, reader: Patience = READER, writer: Patience = WRITER
) -> SqlOrderRepository:
    """As the container does."""
    return server_repository(open_server(url, reader), open_server(url, writer))


def _empty(engine: Engine) -> None:
    with engine.execution_options(write=True).begin() as connection:
        for table in metadata.sorted_tables:
            if table not in (order_counters, order_feed, order_shared):
                connection.execute(delete(table))
        connection.execute(update(order_shared).values(lease_us=None, previous_lease_us=None))
        connection.execute(update(order_feed).values(last_position=0))
        connection.execute(update(order_counters).values(dict.fromkeys(COUNTERS, 0)))


def empty_database(request: pytest.FixtureRequest, kind: str) -> URL:
    """A migrated, empty database on that kind of server."""
    url: URL = request.getfixturevalue("postgres" if kind == "postgresql" else kind)
    engine = open_server(url)
    _empty(engine)
    engine.dispose()
    return url


@pytest.fixture(params=["postgresql", "mysql"])
def server(request: pytest.FixtureRequest) -> URL:
    """A migrated, empty database on each kind of server."""
    return empty_database(request, request.param)


DATABASES = ["sqlite", "sqlite with a rollback journal", "postgresql", "mysql"]


@pytest.fixture(params=["memory", *DATABASES])
def repository(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OrderRepository]:
    match request.param:
        case "memory":
            yield InMemoryOrderRepository()
        case "sqlite":
            yield from on_sqlite(tmp_path / "orders.db")
        case "sqlite with a rollback journal":
            yield from on_sqlite(tmp_path / "orders.db", ROLLBACK_JOURNAL)
        case kind:
            yield from on_server(empty_database(request, kind))
