"""An older version of the service goes on writing while the schema moves beneath it, and back."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from alembic import command
from sqlalchemy import Connection, Engine, MetaData, Table, insert, update

from adapters.sql.databases.kind import MIGRATION
from adapters.sql.databases.sqlite_transactions import GAP_SECONDS
from adapters.sql.revision import check_schema, migrate
from adapters.sql.schema.rows import event_to_row, order_to_row, to_us_or_none
from adapters.sql.stores import SqlStores
from application.ports import OrderFilter
from domain.change import Change
from domain.order import Order
from domain.totals import Totals
from domain.transitions import OrderStatus
from tests.contract.databases import file_url, open_engine, open_stores
from tests.contract.test_schema import step
from tests.harness.builders import LEASE, START, an_order
from tests.harness.database_servers import new_database
from tests.harness.waits import wait_until

OLD = "0005"  # before actors, lists, kept answers and the flow
ORDERS = 3_000


class OlderVersion:
    """Knows the tables and the columns of the revision that it finds, and no others.

    It looks at the revision when it starts, and never again.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        known = MetaData()
        known.reflect(engine)
        self._orders = known.tables["orders"]
        self._events = known.tables["order_events"]
        self._counters = known.tables["order_counters"]
        self.done: list[Order] = []

    def add(self, orders: list[Order]) -> None:
        with self._writing() as connection:
            rows = [_known(self._orders, order_to_row(order)) for order in orders]
            connection.execute(insert(self._orders), rows)
            events = [_known(self._events, event_to_row(order.creation())) for order in orders]
            connection.execute(insert(self._events), events)
            self._count(connection, Totals.of((None, order) for order in orders))

    def complete(self, order: Order) -> None:
        start = order.start(START, LEASE, "me")
        for change in (start, start.new.complete(START)):
            self.store(change)
        self.done.append(change.new)

    def store(self, change: Change) -> None:
        with self._writing() as connection:
            values = order_to_row(change.new)._replace(due_at=to_us_or_none(change.new.due_at))
            row = _known(self._orders, values)
            is_it = self._orders.c.order_id == change.old.order_id
            is_old = self._orders.c.seq == change.old.seq
            changed = connection.execute(update(self._orders).where(is_it, is_old).values(row))
            assert changed.rowcount == 1
            event = _known(self._events, event_to_row(change.event))
            connection.execute(insert(self._events), event)
            self._count(connection, Totals.of([(change.old, change.new)]))

    def work(self, stop: threading.Event) -> None:
        """Create and complete one order after another."""
        for number in count():
            if stop.wait(GAP_SECONDS):  # in which others get a turn, as the service leaves one
                return
            order = an_order(f"beside-{number}")
            self.add([order])
            self.complete(order)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._engine.execution_options(write=True).begin() as connection:
            yield connection

    def _count(self, connection: Connection, totals: Totals) -> None:
        more = zip(Totals.__slots__, totals.values(), strict=True)
        values = {name: self._counters.c[name] + number for name, number in more}
        slot = self._counters.c.slot == 0
        connection.execute(update(self._counters).where(slot).values(values))


def _known(table: Table, row: NamedTuple) -> dict[str, Any]:
    return {name: value for name, value in row._asdict().items() if name in table.c}


@pytest.fixture(params=["sqlite", "postgresql", "mysql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """On a database of the old revision."""
    if request.param == "sqlite":
        engine = open_engine(file_url(tmp_path / "orders.db"))
        step(engine, command.upgrade, OLD)
        yield engine
        engine.dispose()
        return
    with new_database(request.param) as url:
        engine = open_engine(url)
        step(engine, command.upgrade, OLD)
        yield engine
        engine.dispose()


def test_an_older_version_writes_on_beside_a_newer_schema_and_after_the_way_back(
    engine: Engine,
) -> None:
    older = OlderVersion(engine)
    older.add([an_order(f"before-{number}") for number in range(ORDERS)])
    migrating = open_engine(engine.url, MIGRATION)
    stop = threading.Event()

    def goes_on() -> None:
        seen = len(older.done)
        wait_until(lambda: len(older.done) >= seen + 5 or worker.done())

    with ThreadPoolExecutor(1) as pool:
        worker = pool.submit(older.work, stop)
        try:
            goes_on()
            assert migrate(migrating) == OLD
            goes_on()
            with closing(open_stores(engine.url)) as newer:
                both_see_what_the_other_wrote(newer, older)
            step(migrating, command.downgrade, OLD)
            goes_on()
            assert migrate(migrating) == OLD
        finally:
            stop.set()
        worker.result()

    check_schema(migrating)
    migrating.dispose()
    with closing(open_stores(engine.url)) as stores:
        totals = stores.views.totals()
        assert (totals.pending, totals.completed) == (ORDERS, len(older.done))
        assert stored(stores, older.done) == sorted(older.done)


def test_an_older_version_parks_an_order_for_longer_than_any_lease_beside_a_newer_schema(
    engine: Engine,
) -> None:
    older, order, day = OlderVersion(engine), an_order(), timedelta(days=1)
    older.add([order])
    started = order.start(START, LEASE, "me")
    older.store(started)
    older.store(started.new.park(START, START + day))
    migrating = open_engine(engine.url, MIGRATION)
    migrate(migrating)
    migrating.dispose()
    beside = an_order("beside")
    older.add([beside])
    started = beside.start(START, LEASE, "me")
    older.store(started)
    older.store(started.new.park(START, START + day))

    with closing(open_stores(engine.url)) as newer:

        def due_at(now: datetime) -> list[str]:
            found = newer.orders.find_due(
                OrderStatus.PROCESSING, now=now, horizon=now + LEASE, limit=10
            )
            return sorted(order.order_id for order in found)

        assert due_at(START) == []
        assert due_at(START + day) == ["ORD003", "beside"]


def both_see_what_the_other_wrote(newer: SqlStores, older: OlderVersion) -> None:
    done = list(older.done)
    assert stored(newer, done) == sorted(done)
    history = newer.views.history(done[-1].order_id)
    assert [event.status for event in history] == [
        OrderStatus.PENDING,
        OrderStatus.PROCESSING,
        OrderStatus.COMPLETED,
    ]
    completed = OrderFilter(status=OrderStatus.COMPLETED)
    page = newer.order_list.page(completed, newest_first=True, after=None, limit=1)
    assert page.orders[0].status is OrderStatus.COMPLETED
    order = an_order("newer")
    assert newer.orders.add([order]) == []
    older.complete(order)
    assert [found.status for found in stored(newer, [order])] == [OrderStatus.COMPLETED]


def stored(stores: SqlStores, orders: list[Order]) -> list[Order]:
    return sorted(stores.orders.get_many([order.order_id for order in orders]))
