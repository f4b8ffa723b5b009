"""A copy that is not whole, or not equal, is never mistaken for one that is."""

import pytest

from adapters.sql.copying.copy import CopyFailed, DatabaseCopy
from adapters.sql.revision import SchemaMismatch, check_schema, migrate
from domain.transitions import OrderStatus
from tests.contract.copies import (
    IDS,
    PAGE,
    Databases,
    copy_all,
    databases,
    everything,
    nothing,
    open_database,
    run_sql,
    stores_on,
    to_postgres,
)
from tests.harness.builders import START, an_order

__all__ = ["databases", "open_database", "to_postgres"]  # fixtures


def test_no_service_starts_on_half_a_copy(databases: Databases) -> None:
    source, target = databases
    copy = DatabaseCopy(source, target, PAGE)
    copy.begin()
    copy.copy(nothing)  # all is there, and not verified yet

    for start in (check_schema, migrate):
        with pytest.raises(SchemaMismatch, match=r"part of a copy only; run .* copy again$"):
            start(target)
    with pytest.raises(CopyFailed, match="part of a copy only"):
        DatabaseCopy(target, source).begin()


def test_half_a_copy_by_another_version_is_left_to_that_version(to_postgres: Databases) -> None:
    source, target = to_postgres
    migrate(target)
    run_sql(target, "UPDATE alembic_version SET version_num = 'copying 0001 12345678'")

    with pytest.raises(CopyFailed, match=r"with the version that began it \(copying 0001"):
        DatabaseCopy(source, target).begin()


@pytest.mark.parametrize("finished", [True, False])
def test_a_target_with_orders_of_its_own_is_refused_and_left_alone(
    databases: Databases, finished: bool
) -> None:
    source, target = databases
    if finished:
        copy_all(source, target)
    else:
        migrate(target)
        stores = stores_on(target)
        stores.orders.add([an_order("a0", user_id=7)])
        stores.close()
    before = everything(target)

    with pytest.raises(CopyFailed, match="holds orders that no unfinished copy put there"):
        DatabaseCopy(source, target).begin()

    assert everything(target) == before
    check_schema(target)


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        ("UPDATE orders SET due_at = due_at + 1 WHERE status = 'Pending'", "orders"),
        ("UPDATE orders SET reason = NULL WHERE order_id = 'a0'", "orders"),
        ("DELETE FROM orders WHERE order_id = 'B.4'", "orders"),
        ("UPDATE order_events SET position = NULL WHERE position = 30", "order_events"),
        ("DELETE FROM order_events WHERE order_id = 'a0' AND seq = 1", "order_events"),
        ("UPDATE order_batches SET claimed_at = 1 WHERE batch_id = 'batch3'", "order_batches"),
        ("UPDATE order_counters SET failed = 9 WHERE slot = 7", "order_counters, summed"),
        ("UPDATE order_feed SET last_position = 29", "order_feed"),
        (
            "UPDATE order_counters SET pending = pending + 1 WHERE slot = 0",
            "order_counters, summed",
        ),
    ],
)
def test_damage_to_a_copy_is_found_and_mended_by_another_run(
    to_postgres: Databases, damage: str, found: str
) -> None:
    source, target = to_postgres
    copy = DatabaseCopy(source, target, PAGE)
    copy.begin()
    copy.copy(nothing)
    run_sql(target, damage)

    with pytest.raises(CopyFailed, match=rf"not equal to the source \({found}: [^;]*\); stop"):
        copy.verify(nothing)

    with pytest.raises(SchemaMismatch):
        check_schema(target)
    copy_all(source, target)
    assert everything(target) == everything(source)


def test_a_service_that_still_writes_to_the_source_is_found_out(databases: Databases) -> None:
    source, target = databases
    stores = stores_on(source)
    copy = DatabaseCopy(source, target, PAGE)
    copy.begin()
    copy.copy(nothing)
    waiting = next(
        order
        for order in map(stores.orders.get, IDS)
        if order is not None and order.status is OrderStatus.PENDING
    )
    stores.orders.update([waiting.cancel(START)])
    stores.orders.add([an_order("late")])

    with pytest.raises(CopyFailed, match=r"orders: 61 rows.*60 rows.*stop every service on either"):
        copy.verify(nothing)

    copy_all(source, target)
    assert everything(target) == everything(source)
    stores.close()


def test_an_order_that_the_source_does_not_have_is_never_let_pass(to_postgres: Databases) -> None:
    source, target = to_postgres
    stopped = DatabaseCopy(source, target, PAGE)
    stopped.begin()
    stores = stores_on(target)
    stores.orders.add([an_order("stray")])
    stores.close()

    with pytest.raises(CopyFailed, match=r"orders: 60 rows.*61 rows.*an empty database"):
        copy_all(source, target)
