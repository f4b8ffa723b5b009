"""What processes on one store share: their turn to write, and the lease they agreed on."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import Engine, update

from adapters.memory.stores import InMemoryStores
from adapters.sql.leases import agree_on_lease, change_lease
from adapters.sql.revision import migrate
from adapters.sql.schema.tables import order_shared
from tests.contract.conftest import empty_database
from tests.contract.databases import Stores, file_url, open_engine, open_stores
from tests.harness.builders import LEASE, START


class Store(NamedTuple):
    """A process's stores, and the way of another to the same database."""

    stores: Stores
    engine: Engine


@pytest.fixture(params=["sqlite", "postgresql", "mysql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        url = file_url(tmp_path / "orders.db")
        engine = open_engine(url)
        migrate(engine)
        store = Store(open_stores(url), engine)
    else:
        url = empty_database(request, request.param)
        store = Store(open_stores(url), open_engine(url))
    yield store
    store.stores.close()
    store.engine.dispose()


def test_a_probe_returns_only_once_a_write_went_through(store: Store) -> None:
    probe = threading.Thread(target=store.stores.orders.probe, args=(START,))
    with store.engine.execution_options(write=True).begin() as connection:
        connection.execute(update(order_shared).values(probed_at=1))
        probe.start()
        probe.join(0.3)
        waits = probe.is_alive()
    probe.join()

    assert waits


def test_the_first_process_sets_the_lease_for_all(store: Store) -> None:
    assert store.stores.orders.probe(START) == timedelta(0)
    assert agree_on_lease(store.engine, LEASE) == LEASE
    assert agree_on_lease(store.engine, 2 * LEASE) == LEASE
    assert store.stores.orders.probe(START) == LEASE


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
    assert store.stores.orders.probe(START) == max(LEASE, other)
    assert change_lease(store.engine, other) == other
    assert store.stores.orders.probe(START) == other
    assert agree_on_lease(store.engine, LEASE) == other


def test_a_lease_may_be_set_before_any_process_started(store: Store) -> None:
    assert change_lease(store.engine, LEASE) == LEASE
    assert agree_on_lease(store.engine, LEASE) == LEASE


def test_memory_is_shared_by_nobody() -> None:
    assert InMemoryStores().orders.probe(START) == timedelta(0)
