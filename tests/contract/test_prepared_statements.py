"""PostgreSQL keeps prepared what is cheaper so, and nothing whose plan may go out of date."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import Engine, text

from adapters.sql.stores import SqlStores
from domain.totals import Totals
from domain.transitions import OrderStatus
from tests.contract.conftest import empty_database
from tests.contract.databases import open_engine, stores_with, transactions_on
from tests.harness.builders import LEASE, START, a_batch, an_order

TIMES = 7  # psycopg prepares by itself what it has been given five times


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """With one connection, as long as one thread uses it."""
    engine = open_engine(empty_database(request, "postgresql"))
    yield engine
    engine.dispose()


@pytest.fixture
def stores(engine: Engine) -> Iterator[SqlStores]:
    stores, _ = stores_with(engine, transactions_on(engine))
    yield stores
    stores.close()


def prepared(engine: Engine) -> Counter[str]:
    """How often the connection has run each statement that it keeps prepared."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements")
        ).all()
    counts = Counter(dict(map(tuple, rows)))
    assert len(counts) == len(rows), "a statement is prepared twice"
    return counts


def live_through(stores: SqlStores, number: int) -> None:
    """Do what is done with orders, a batch and the feed, with values of this number's size."""
    orders = [
        an_order(f"o{number}-{each}", user_id=10 ** (2 * number), total_amount=Decimal(10**each))
        for each in range(4)
    ]
    stores.orders.add(orders)
    starts = [order.start(START, LEASE, "me") for order in orders]
    stores.orders.update(starts)
    started = [start.new for start in starts]
    stores.orders.reschedule(started, START + 2 * LEASE)
    stores.orders.find_due(OrderStatus.PENDING, now=START, horizon=START + LEASE, limit=10)
    stores.orders.update(
        [started[0].complete(START), started[1].fail(START, "no", None)]
        + [order.release(START) for order in started[2:]]
    )
    stores.orders.hold_due(START + LEASE, now=START, horizon=START + LEASE, limit=2)
    stores.orders.get_many([order.order_id for order in orders])
    batch = a_batch(f"b{number}")
    stores.batches.claim(batch)
    stores.batches.fill(batch, [an_order(f"sim{number}-{each}", user_id=0) for each in range(3)])
    stores.feed.events_after(0, 1_000)


def test_only_inserts_are_kept_prepared_and_each_once_whatever_the_values(
    engine: Engine, stores: SqlStores
) -> None:
    for number in range(TIMES):
        live_through(stores, number)

    runs = prepared(engine)

    assert {statement.split()[0] for statement in runs} == {"INSERT"}
    upserts = [runs[statement] for statement in runs if "ON CONFLICT" in statement]
    assert upserts == [2 * TIMES]  # four orders in one statement, started and then ended


def test_any_number_of_orders_takes_few_statements(engine: Engine, stores: SqlStores) -> None:
    for count in range(1, 70):
        stores.orders.add([an_order(f"o{count}-{number}") for number in range(count)])

    assert len(prepared(engine)) == 2 * 7  # of 1, 2, 4, ... 64 orders, and as many events


def test_a_change_of_the_schema_does_not_disturb_what_is_prepared(
    engine: Engine, stores: SqlStores
) -> None:
    changes = [
        "ALTER TABLE orders ADD COLUMN remark VARCHAR(10) NOT NULL DEFAULT 'none'",
        "CREATE INDEX orders_by_remark ON orders (remark)",
        "ALTER TABLE orders DROP COLUMN remark",
    ]
    other = open_engine(engine.url)

    for number, change in enumerate(changes):
        live_through(stores, number)
        with other.execution_options(write=True).begin() as migration:
            migration.execute(text(change))
    live_through(stores, len(changes))

    assert stores.views.totals() == Totals(
        pending=5 * 4, completed=4, failed=4, processing_us=0, total_us=0
    )
    other.dispose()
