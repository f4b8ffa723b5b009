"""A copy into another database: equal in everything."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, create_engine, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from adapters.sql.copying.copy import DatabaseCopy
from adapters.sql.databases.known import kind_of
from adapters.sql.revision import check_schema
from adapters.sql.schema.tables import order_counters, orders
from domain.transitions import OrderStatus
from tests.contract.copies import (
    IDS,
    PAGE,
    Databases,
    copy_all,
    databases,
    everything,
    fill,
    open_database,
    stores_on,
    to_postgres,
)
from tests.contract.databases import open_engine
from tests.harness import Missing
from tests.harness.builders import a_batch, an_order

__all__ = ["databases", "open_database", "to_postgres"]  # fixtures


def test_a_copy_holds_every_row_of_the_source_and_nothing_else(databases: Databases) -> None:
    source, target = databases
    before = everything(source)

    copy_all(source, target)

    assert everything(target) == before
    assert everything(source) == before
    assert len(before["orders"]) == len(IDS)
    check_schema(target)


def test_a_copy_says_the_same_through_the_repository_and_can_be_written_to(
    databases: Databases,
) -> None:
    copy_all(*databases)
    source, target = map(stores_on, databases)

    for order_id in IDS:
        assert target.orders.get(order_id) == source.orders.get(order_id)
        assert target.views.history(order_id) == source.views.history(order_id)
    assert target.views.totals() == source.views.totals()
    assert target.feed.events_after(0, 30) == source.feed.events_after(0, 30)
    assert target.orders.add([an_order("a0"), an_order("new")]) == ["a0"]
    assert target.batches.claim(a_batch("batch0", 7)) == a_batch("batch0")
    pending = source.views.totals().count(OrderStatus.PENDING)
    assert target.views.totals().count(OrderStatus.PENDING) == pending + 1
    source.close()
    target.close()


def test_a_server_keeps_all_its_slots_of_counters(to_postgres: Databases) -> None:
    source, target = to_postgres

    copy_all(source, target)

    with target.begin() as connection:
        slots = connection.execute(select(func.count()).select_from(order_counters)).scalar()
    assert slots == kind_of(target.url).counter_slots


def test_progress_covers_every_order_and_every_row(to_postgres: Databases) -> None:
    copied: list[int] = []
    read: list[int] = []
    copy = DatabaseCopy(*to_postgres, PAGE)

    assert copy.begin() == (len(IDS), 0)
    rows = copy.copy(copied.append)
    fingerprints = copy.verify(read.append)

    assert copied == [PAGE] * (len(IDS) // PAGE)
    held = everything(to_postgres[0])
    assert rows == sum(len(held[name]) for name in ("orders", "order_events", "order_batches"))
    assert sum(read) == 2 * sum(fingerprint.rows for fingerprint in fingerprints.values())
    assert fingerprints["orders"].rows == len(IDS)
    assert fingerprints["order_events"].rows == len(held["order_events"])


@pytest.fixture
def sorted_by_language(open_database: Callable[[str], Engine]) -> Iterator[Engine]:
    """A PostgreSQL database whose texts are not in the order of their bytes."""
    url = open_database("postgresql").url
    name = f"{url.database}_sorted"
    administrator = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with administrator.connect() as connection:
        icu = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
        try:
            connection.execute(text(f"CREATE DATABASE {name} {icu}"))
        except DBAPIError as error:
            raise Missing(f"this PostgreSQL sorts by bytes only: {error.orig}") from error
        engine = open_engine(url.set(database=name))
        yield engine
        engine.dispose()
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def test_a_source_that_sorts_its_ids_in_another_way_is_copied_whole(
    sorted_by_language: Engine, open_database: Callable[[str], Engine]
) -> None:
    source, target = sorted_by_language, open_database("sqlite")
    fill(source)
    with source.begin() as connection:
        ids = connection.scalars(select(orders.c.order_id).order_by(orders.c.order_id)).all()
    assert list(ids) != sorted(ids)

    copy_all(source, target)

    assert everything(target) == everything(source)
