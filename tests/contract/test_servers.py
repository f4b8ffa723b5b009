"""Databases on a server: several processes at once, and connections that break."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import URL, text

from adapters.sql.databases.kind import MigrationBusy, Patience
from adapters.sql.databases.known import kind_of
from adapters.sql.databases.mysql import MySQL
from adapters.sql.databases.server import DatabaseServer, PooledTransactions
from adapters.sql.databases.transactions import StatementFailed
from adapters.sql.orders import Add
from adapters.sql.revision import SchemaMismatch, check_schema, migrate
from adapters.sql.schema.tables import REVISION
from adapters.sql.stores import SqlStores
from application.ports import RepositoryError, RepositoryUnavailable
from domain.errors import IllegalTransition
from domain.totals import Totals
from domain.transitions import OrderStatus
from tests.contract.databases import (
    Stores,
    apply,
    open_engine,
    open_stores,
    stores_with,
    transactions_on,
)
from tests.contract.test_concurrency import STEPS
from tests.harness.builders import a_batch, an_order
from tests.harness.database_servers import break_connections, new_database, silenceable

PROCESSES = 4
IDS = [f"o{number}" for number in range(12)]


@pytest.fixture
def processes(server: URL) -> Iterator[list[SqlStores]]:
    """The repositories of several processes on one database."""
    processes = [open_stores(server) for _ in range(PROCESSES)]
    yield processes
    for process in processes:
        process.close()


def test_ids_that_differ_in_case_are_different_orders(server: URL) -> None:
    stores = open_stores(server)

    assert stores.orders.add([an_order("a"), an_order("A")]) == []
    assert stores.batches.claim(a_batch("b")).batch_id == "b"
    assert stores.batches.claim(a_batch("B")).batch_id == "B"

    stores.close()


def test_processes_that_create_the_same_ids_store_each_once(
    processes: list[SqlStores],
) -> None:
    def create(stores: Stores, number: int) -> int:
        order_id = f"o{number % 50}"
        return 1 - len(stores.orders.add([an_order(order_id)]))

    with ThreadPoolExecutor(16) as pool:
        stored = list(pool.map(create, processes * 100, range(100 * PROCESSES)))

    assert sum(stored) == 50
    assert processes[0].views.totals() == Totals(pending=50)


def test_an_id_that_another_process_is_storing_at_this_moment_is_taken(server: URL) -> None:
    engine = open_engine(server)
    stores = open_stores(server)

    with ThreadPoolExecutor(1) as pool:
        with transactions_on(engine).begin() as cursor:
            apply(engine, cursor, Add([an_order("a")]))
            adding = pool.submit(stores.orders.add, [an_order("a", user_id=2), an_order("b")])
            with pytest.raises(TimeoutError):  # it waits for the other's transaction
                adding.result(timeout=0.5)
        taken = adding.result()

    assert taken == ["a"]
    assert stores.views.totals() == Totals(pending=2)
    stores.close()
    engine.dispose()


def test_processes_that_change_the_same_orders_agree_with_the_recount(
    processes: list[SqlStores],
) -> None:
    processes[0].orders.add([an_order(order_id) for order_id in IDS])

    def change_some(stores: Stores, seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(25):
            changes = []
            for order_id in chance.sample(IDS, 4):
                order = stores.orders.get(order_id)
                assert order is not None
                with suppress(IllegalTransition):
                    changes.append(chance.choice(STEPS)(order))
            stores.orders.update(changes)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(change_some, processes * 2, range(8)))

    orders = [order for order in map(processes[1].orders.get, IDS) if order is not None]
    counted = processes[1].views.totals()
    assert counted == Totals.of((None, order) for order in orders)
    for order in orders:
        events = processes[2].views.history(order.order_id)
        assert [event.seq for event in events] == list(range(1, order.seq + 1))
        assert events[-1].status is order.status


def test_the_repository_resumes_by_itself_when_all_connections_broke(server: URL) -> None:
    stores = open_stores(server)
    stores.orders.add([an_order("a")])
    stores.orders.get("a")

    break_connections(server)

    assert stores.orders.get("a") == an_order("a")
    break_connections(server)
    assert stores.orders.add([an_order("b")]) == []
    assert stores.views.totals().count(OrderStatus.PENDING) == 2
    stores.close()


def test_a_connection_that_breaks_while_it_reads_leaves_no_traceback_in_the_log(
    server: URL, caplog: pytest.LogCaptureFixture
) -> None:
    engine = open_engine(server)
    suicide = {
        "postgresql": "SELECT pg_terminate_backend(pg_backend_pid())",
        "mysql": "KILL CONNECTION_ID()",
    }
    assert engine.dialect.dbapi is not None

    with pytest.raises(engine.dialect.dbapi.OperationalError):
        kind_of(server).reader(engine).fetch(suicide[engine.dialect.name], ())

    assert caplog.messages == []
    engine.dispose()


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_many_hosts_may_migrate_at_once(kind: str) -> None:
    with new_database(kind) as url, ThreadPoolExecutor(6) as pool:
        engines = [open_engine(url) for _ in range(6)]

        before = list(pool.map(migrate, engines))

        assert sorted(before, key=str) == [REVISION] * 5 + [None]
        check_schema(engines[0])
        for engine in engines:
            engine.dispose()


def test_a_migration_that_waits_too_long_for_another_gives_up() -> None:
    class Hurried(MySQL):
        migration_lock_seconds = 0

    with new_database("mysql") as url:
        one, other = open_engine(url), open_engine(url)
        with one.begin() as holder, other.begin() as waiter:  # noqa: SIM117
            with MySQL().migration_lock(holder), pytest.raises(MigrationBusy, match="another"):
                Hurried().migration_lock(waiter).__enter__()
        one.dispose()
        other.dispose()


def test_a_schema_that_is_older_is_refused_with_the_remedy(server: URL) -> None:
    engine = open_engine(server)
    with engine.execution_options(write=True).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))

    with pytest.raises(SchemaMismatch, match=r"revision 0000.*run: python main\.py migrate"):
        check_schema(engine)

    with engine.execution_options(write=True).begin() as connection:
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{REVISION}'"))
    engine.dispose()


RAISES = {  # what each server says of a rollback, and of a mistake
    ("postgresql", "a deadlock"): "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40P01'; END $$",
    ("postgresql", "a serialization failure"): (
        "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$"
    ),
    ("postgresql", "a wait for a lock"): (
        "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '55P03'; END $$"
    ),
    ("postgresql", "a shutdown"): "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '57P01'; END $$",
    ("postgresql", "a crash"): "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '57P02'; END $$",
    ("postgresql", "a mistake"): "SELECT nothing",
    ("mysql", "a deadlock"): "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213",
    ("mysql", "a wait for a lock"): "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1205",
    ("mysql", "a mistake"): "SELECT nothing",
}


@pytest.mark.parametrize(("server", "trouble"), list(RAISES), indirect=["server"])
def test_what_the_server_rolled_back_is_tried_again_and_a_mistake_is_not(
    server: URL, trouble: str
) -> None:
    engine = open_engine(server)
    transactions = transactions_on(engine)
    sql = RAISES[engine.dialect.name, trouble]

    with pytest.raises(StatementFailed) as failed, transactions.begin() as cursor:  # noqa: PT012
        try:
            cursor.execute(sql)
        except Exception as error:
            raise StatementFailed(error) from error

    assert transactions.may_try_again(failed.value.error) == (trouble != "a mistake")
    engine.dispose()


def test_a_server_that_falls_silent_is_unavailable_and_used_again_when_it_speaks(
    server: URL,
) -> None:
    hurried = Patience(connect=1, answer=1, silence=1)
    with silenceable(server) as (through, proxy):
        stores = open_stores(through, reader=hurried, writer=hurried)
        stores.orders.add([an_order("before")])
        proxy.go_silent()

        with pytest.raises(RepositoryUnavailable):
            stores.orders.get("before")
        with pytest.raises(RepositoryError):
            stores.orders.add([an_order("meanwhile")])

        proxy.speak()
        assert stores.orders.add([an_order("after")]) == []
        stores.close()


def test_a_connection_that_breaks_in_a_transaction_costs_no_call(server: URL) -> None:
    class Breaking(PooledTransactions):
        breaks = True

        @contextmanager
        def begin(self) -> Iterator[Any]:
            with super().begin() as cursor:
                if self.breaks:
                    self.breaks = False
                    break_connections(server)
                yield cursor

    engine = open_engine(server)
    kind = kind_of(server)
    assert isinstance(kind, DatabaseServer)
    transactions = Breaking(engine, kind)
    stores, _ = stores_with(engine, transactions)

    assert stores.orders.add([an_order()]) == []

    assert not transactions.breaks
    stores.close()
