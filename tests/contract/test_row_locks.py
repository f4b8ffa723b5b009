"""A server's rows are locked while they are compared: in one order, and not for ever."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import URL, Engine, text

from adapters.sql.orders import Reschedule
from adapters.sql.stores import SqlStores
from adapters.sql.write_path.claims import StartDue
from adapters.sql.write_path.due_floor import Look
from adapters.sql.write_path.due_orders import DueOrders
from domain.limits import NO_LIMITS, Limits
from tests.contract.databases import apply, open_engine, open_stores, transactions_on
from tests.harness.builders import LEASE, START, an_order
from tests.harness.waits import LIMIT_SECONDS, wait_until

WHO_WAITS = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = :name AND wait_event_type = 'Lock'",
    "mysql": "SELECT count(*) FROM information_schema.innodb_trx"
    " JOIN information_schema.processlist ON id = trx_mysql_thread_id"
    " WHERE db = :name AND trx_state = 'LOCK WAIT'",
}


@pytest.fixture
def engine(server: URL) -> Iterator[Engine]:
    """Another process's, with which the test looks on."""
    engine = open_engine(server)
    yield engine
    engine.dispose()


@pytest.fixture
def stores(server: URL) -> Iterator[SqlStores]:
    stores = open_stores(server)
    yield stores
    stores.close()


def wait_until_somebody_waits(engine: Engine) -> None:
    """For a lock, in this database; the server says so."""
    sql = text(WHO_WAITS[engine.dialect.name])

    def somebody_waits() -> bool:
        with engine.connect() as connection:
            return bool(connection.scalar(sql, {"name": engine.url.database}))

    wait_until(somebody_waits)  # MariaDB renews what it shows every 0.1 s


def test_an_expiry_waits_for_the_heartbeat_that_is_being_stored_and_loses(
    stores: SqlStores, engine: Engine
) -> None:
    started = an_order().start(START, LEASE, "me")
    stores.orders.add([an_order()])
    stores.orders.update([started])
    expiry = started.new.expire(START + LEASE, timedelta(0))

    with ThreadPoolExecutor(1) as pool:
        with transactions_on(engine).begin() as cursor:
            heartbeat = Reschedule([started.new], START + 2 * LEASE, if_due_at_unchanged=False)
            apply(engine, cursor, heartbeat)
            expiring = pool.submit(stores.orders.update, [expiry])
            wait_until_somebody_waits(engine)
        expired = expiring.result(LIMIT_SECONDS)

    assert expired == [False]


def test_the_rows_of_a_group_are_locked_in_the_order_of_their_ids(
    stores: SqlStores, engine: Engine
) -> None:
    """Two groups that were locked in two orders would wait for each other."""
    ids = [f"o{number:03}" for number in range(300)]  # more than one statement takes
    orders = [an_order(order_id) for order_id in reversed(ids)]
    stores.orders.add(orders)
    transaction = engine.execution_options(write=True).begin

    with ThreadPoolExecutor(1) as pool:
        with transaction() as connection:
            connection.execute(text("SELECT 1 FROM orders WHERE order_id = 'o270' FOR UPDATE"))
            moving = pool.submit(stores.orders.reschedule, orders, START + LEASE)
            wait_until_somebody_waits(engine)
            with transaction() as third:
                free = third.scalars(text("SELECT order_id FROM orders FOR UPDATE SKIP LOCKED"))
                assert sorted(free) == ids[271:]
        assert all(moving.result(LIMIT_SECONDS))


def test_a_server_itself_ends_waits_by_the_time_that_a_caller_must_have_an_answer(
    engine: Engine,
) -> None:
    asked = {
        "postgresql": "SELECT setting::int / 1000.0 FROM pg_settings WHERE name IN"
        " ('lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout')"
        " ORDER BY name = 'idle_in_transaction_session_timeout'",
        "mysql": "SELECT @@innodb_lock_wait_timeout",
    }
    with engine.connect() as connection:
        *limits_seconds, last = connection.scalars(text(asked[engine.dialect.name])).all()

    assert all(0 < seconds <= 10 for seconds in limits_seconds)
    assert 0 < last <= 20  # seconds, after a client fell silent with rows locked


def test_who_starts_one_order_by_the_limits_of_users_locks_no_other(
    stores: SqlStores, engine: Engine
) -> None:
    stores.orders.add([an_order("first"), an_order("other", user_id=2, due_at=START + LEASE)])
    stores.flow.change(lambda flow: flow.limit(NO_LIMITS, Limits(at_once=1)))
    now = START + LEASE
    due = DueOrders(now, now + LEASE, 1, Look())

    with transactions_on(engine).begin() as cursor:
        start = StartDue([], lambda order: order.start(now, LEASE, "me"), due, within_flow=True)
        apply(engine, cursor, start)
        held = stores.orders.hold_due(now + LEASE, now=now, horizon=now + LEASE, limit=10)

    assert [order.order_id for order in held] == ["other"]
