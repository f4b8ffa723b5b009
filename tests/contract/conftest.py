"""Every implementation of a port, for the one suite that they all pass."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, delete, update

from adapters.memory.stores import InMemoryStores
from adapters.sql.databases.sqlite import Sqlite
from adapters.sql.databases.sqlite_library import SqliteLibrary
from adapters.sql.schema.columns import COUNTERS
from adapters.sql.schema.flow_row import flow_to_row
from adapters.sql.schema.tables import (
    metadata,
    order_counters,
    order_feed,
    order_flow,
    order_shared,
)
from adapters.sql.stores import SqlStores
from domain.flow import Flow
from tests.contract.databases import Stores, migrated_file, open_engine, open_stores
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


def opened(stores: SqlStores) -> Iterator[SqlStores]:
    yield stores
    stores.close()


def _empty(engine: Engine) -> None:
    with engine.execution_options(write=True).begin() as connection:
        for table in metadata.sorted_tables:
            if table not in (order_counters, order_feed, order_flow, order_shared):
                connection.execute(delete(table))
        connection.execute(update(order_shared).values(lease_us=None, previous_lease_us=None))
        connection.execute(update(order_feed).values(last_position=0))
        connection.execute(update(order_flow).values(flow_to_row(Flow())._asdict()))
        connection.execute(update(order_counters).values(dict.fromkeys(COUNTERS, 0)))


def empty_database(request: pytest.FixtureRequest, kind: str) -> URL:
    """A migrated, empty database on that kind of server."""
    url: URL = request.getfixturevalue("postgres" if kind == "postgresql" else kind)
    engine = open_engine(url)
    _empty(engine)
    engine.dispose()
    return url


@pytest.fixture(params=["postgresql", "mysql"])
def server(request: pytest.FixtureRequest) -> URL:
    """A migrated, empty database on each kind of server."""
    return empty_database(request, request.param)


DATABASES = ["sqlite", "sqlite with a rollback journal", "postgresql", "mysql"]


@pytest.fixture(params=["memory", *DATABASES])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    match request.param:
        case "memory":
            yield InMemoryStores()
        case "sqlite":
            yield from opened(open_stores(migrated_file(tmp_path / "orders.db")))
        case "sqlite with a rollback journal":
            kind = Sqlite(ROLLBACK_JOURNAL)
            yield from opened(open_stores(migrated_file(tmp_path / "orders.db", kind), kind=kind))
        case kind_of_server:
            yield from opened(open_stores(empty_database(request, kind_of_server)))
