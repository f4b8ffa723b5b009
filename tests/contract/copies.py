"""Pairs of databases to test copying: one with orders of every kind, and an empty one."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, func, select, text

from adapters.sql.copying.copy import DatabaseCopy
from adapters.sql.revision import migrate
from adapters.sql.schema.columns import COUNTERS
from adapters.sql.schema.tables import metadata, order_counters, orders
from adapters.sql.stores import SqlStores
from domain.change import Change
from domain.errors import IllegalTransition
from domain.events import CLIENT
from domain.limits import Limits
from domain.order import Order
from tests.contract.databases import file_url, open_engine, open_stores
from tests.contract.test_concurrency import STEPS
from tests.harness.builders import START, a_batch, an_order
from tests.harness.database_servers import new_database

PAGE = 10
IDS = [
    f"{letter}{mark}{number}" for letter in "aAbB" for mark in ("", "-", ".") for number in range(5)
]
PAIRS = [
    ("sqlite", "postgresql"),
    ("sqlite", "mysql"),
    ("postgresql", "sqlite"),
    ("mysql", "sqlite"),
]
Databases = tuple[Engine, Engine]


class Stopped(Exception):
    """As Ctrl-C between two pages."""


def nothing(_: int) -> None:
    """Progress that nobody looks at."""


@pytest.fixture
def open_database(tmp_path: Path) -> Iterator[Callable[[str], Engine]]:
    """An empty database of that kind, without a schema."""
    with ExitStack() as stack:

        def new(kind: str) -> URL:
            return stack.enter_context(new_database(kind))

        def open_one(kind: str) -> Engine:
            is_file = kind == "sqlite"
            url = file_url(tmp_path / "orders.db") if is_file else new(kind)
            engine = open_engine(url)
            stack.callback(engine.dispose)
            return engine

        yield open_one


@pytest.fixture(params=PAIRS, ids=" to ".join)
def databases(request: pytest.FixtureRequest, open_database: Callable[[str], Engine]) -> Databases:
    """A source with orders of every kind, and a target with nothing at all."""
    source, target = map(open_database, request.param)
    fill(source)
    return source, target


@pytest.fixture
def to_postgres(open_database: Callable[[str], Engine]) -> Databases:
    """The same for what is alike on all of them."""
    source, target = open_database("sqlite"), open_database("postgresql")
    fill(source)
    return source, target


def fill(database: Engine) -> None:
    migrate(database)
    stores = stores_on(database)
    stores.orders.add([an_order(order_id) for order_id in IDS])
    chance = random.Random(1)
    for _ in range(200):
        change(stores, chance.choice(IDS), chance.choice(STEPS))
    change(stores, "a0", lambda order: order.start(START, timedelta(seconds=1), "me"))
    change(stores, "a0", lambda order: order.fail(START, "“nein” ✗ 'no'", None))
    assert len(stores.feed.events_after(0, 30)) == 30  # the others have no place yet
    for number in range(2 * PAGE + 1):
        stores.batches.claim(a_batch(f"batch{number}"))
    stores.flow.change(
        lambda flow: flow.limit(Limits(rate_per_second=2.5, at_once=7), Limits(at_once=3)).pause(
            START, CLIENT, "moving"
        )
    )
    stores.close()


def change(stores: SqlStores, order_id: str, step: Callable[[Order], Change]) -> None:
    order = stores.orders.get(order_id)
    assert order is not None
    with suppress(IllegalTransition):
        stores.orders.update([step(order)])


def stores_on(engine: Engine) -> SqlStores:
    return open_stores(engine.url)


def everything(engine: Engine) -> dict[str, list[str]]:
    """All rows of all tables, and the sums of the counters instead of their rows."""
    with engine.begin() as connection:
        held = {
            table.name: sorted(repr(tuple(row)) for row in connection.execute(select(table)))
            for table in metadata.sorted_tables
            if table is not order_counters
        }
        sums = connection.execute(select(*map(func.sum, COUNTERS))).one()
        return held | {"order_counters": [repr(int(count)) for count in sums]}


def copy_all(source: Engine, target: Engine) -> None:
    copy = DatabaseCopy(source, target, PAGE)
    copy.begin()
    copy.copy(nothing)
    copy.verify(nothing)


def run_sql(engine: Engine, statement: str) -> None:
    with engine.execution_options(write=True).begin() as connection:
        connection.execute(text(statement))


def stop_after(pages: int) -> Callable[[int], None]:
    """Progress that breaks off."""
    left = iter(range(pages - 1))

    def on_progress(_: int) -> None:
        if next(left, None) is None:
            raise Stopped

    return on_progress


def count_orders(engine: Engine) -> int:
    with engine.begin() as connection:
        return connection.execute(select(func.count()).select_from(orders)).scalar_one()
