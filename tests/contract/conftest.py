"""Every implementation of a port, for the one suite that they all pass."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from adapters.memory import InMemoryOrderRepository
from adapters.sql.repository import SqlOrderRepository
from adapters.sql.schema import migrate
from adapters.sql.sqlite import (
    SqliteLibrary,
    choose_library,
    open_sqlite,
)
from application.ports import OrderRepository
from entrypoints.container import sqlite_repository

ROLLBACK_JOURNAL = SqliteLibrary(sqlite3, "DELETE")  # where no safe library is to be had


def on_sqlite(path: Path, library: SqliteLibrary | None = None) -> Iterator[SqlOrderRepository]:
    engine = open_sqlite(URL.create("sqlite", database=str(path)), library or choose_library())
    migrate(engine)
    repository = sqlite_repository(engine)
    yield repository
    repository.close()


@pytest.fixture(params=["memory", "sqlite", "sqlite with a rollback journal"])
def repository(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OrderRepository]:
    match request.param:
        case "memory":
            yield InMemoryOrderRepository()
        case "sqlite":
            yield from on_sqlite(tmp_path / "orders.db")
        case _:
            yield from on_sqlite(tmp_path / "orders.db", ROLLBACK_JOURNAL)
