"""What processes on one store share: their turn to write, and the lease they agreed on."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import URL, Engine, update

from adapters.memory import InMemoryOrderRepository
from adapters.sql.databases.servers import open_server
from adapters.sql.databases.sqlite import choose_library, open_sqlite
from adapters.sql.leases import agree_on_lease, change_lease
from adapters.sql.repositories import sqlite_repository
from adapters.sql.schema.revision import migrate
from adapters.sql.schema.tables import order_shared
from application.ports import OrderRepository
from tests.contract.conftest import empty_database, open_repository
from tests.harness.builders import LEASE, START


class Store(NamedTuple):
    """A process's repository, and the way of another to the same database."""

    repository: OrderRepository
    engine: Engine


@pytest.fixture(params=["sqlite", "postgresql", "mysql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        url = URL.create("sqlite", database=str(tmp_path / "orders.db"))
        engine = open_sqlite(url, choose_library())
        migrate(engine)
        store = Store(sqlite_repository(open_sqlite(url, choose_library())), engine)
    else:
        url = empty_database(request, request.param)
        store = Store(open_repository(url), open_server(url))
    yield store
    store.repository.close()
    store.engine.dispose()


def test_a_probe_returns_only_once_a_write_went_through(store: Store) -> None:
    probe = threading.Thread(target=store.repository.probe, args=(START,))
    with store.engine.execution_options(write=True).begin() as connection:
        connection.execute(update(order_shared).values(probed_at=1))
        probe.start()
        probe.join(0.3)
        waits = probe.is_alive()
    probe.join()

    assert waits


def test_the_first_process_sets_the_lease_for_all(store: Store) -> None:
    assert store.repository.probe(START) == timedelta(0)
    assert agree_on_lease(store.engine, LEASE) == LEASE
    assert agree_on_lease(store.engine, 2 * LEASE) == LEASE
    assert store.repository.probe(START) == LEASE


@pytest.mark.parametrize("factor", [0.5, 4])
def test_a_lease_that_changes_counts_as_in_use_until_the_next_change(
    store: Store, factor: float
) -> None:
    agree_on_lease(store.engine, LEASE)
    other = factor * LEASE

    assert change_lease(store.engine, other) == LEASE

    assert agree_on_lease(store.engine, LEASE) == LEASE  # a process that starts over
    assert agree_on_lease(store.engine, other) == other
    assert agree_on_lease(store.engine, 3 * LEASE) == other
    assert store.repository.probe(START) == max(LEASE, other)
    assert change_lease(store.engine, other) == other
    assert store.repository.probe(START) == other
    assert agree_on_lease(store.engine, LEASE) == other


def test_a_lease_may_be_set_before_any_process_started(store: Store) -> None:
    assert change_lease(store.engine, LEASE) == LEASE
    assert agree_on_lease(store.engine, LEASE) == LEASE


def test_memory_is_shared_by_nobody() -> None:
    assert InMemoryOrderRepository().probe(START) == timedelta(0)
