"""OrderRepository: claiming due Pending orders, to start them or to hold them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import chain

import pytest
from sqlalchemy import URL

from adapters.sql.write_path.claims import HoldDue
from adapters.sql.write_path.due_floor import Look
from adapters.sql.write_path.due_orders import DueOrders
from domain.change import Change
from domain.order import Order
from domain.totals import Totals
from domain.transitions import EventKind
from tests.contract.databases import Stores, apply, open_engine, open_stores, transactions_on
from tests.harness.builders import LEASE, START, an_order

SECOND = timedelta(seconds=1)


def start(order: Order) -> Change:
    return order.start(START, LEASE, "me")


def wait_in(stores: Stores, *due_seconds_ago: int) -> None:
    """Store a Pending order for each number, named by it."""
    stores.orders.add(
        [an_order(f"due-{ago}", due_at=START - ago * SECOND) for ago in due_seconds_ago]
    )


def start_due(stores: Stores, *changes: Change, limit: int = 10) -> tuple[list[bool], list[Order]]:
    return stores.orders.start_due(changes, start, now=START, horizon=START + LEASE, limit=limit)


def hold_due(stores: Stores, limit: int = 10) -> list[Order]:
    until = START + LEASE
    return stores.orders.hold_due(until, now=START, horizon=START + LEASE, limit=limit)


def ids(orders: list[Order]) -> list[str]:
    return [order.order_id for order in orders]


def test_the_longest_due_are_started_up_to_the_limit(stores: Stores) -> None:
    wait_in(stores, 2, 9, 5, -1)

    _, started = start_due(stores, limit=2)

    assert ids(started) == ["due-9", "due-5"]
    assert [stores.orders.get(order.order_id) for order in started] == started
    assert {order.owner for order in started} == {"me"}
    assert [event.kind for event in stores.views.history("due-9")] == [
        EventKind.CREATED,
        EventKind.STARTED,
    ]
    assert stores.views.totals() == Totals(pending=2, processing=2)


def test_what_is_due_beyond_the_horizon_is_started_after_what_is_overdue(stores: Stores) -> None:
    wait_in(stores, 1, -1, -86_400)

    assert ids(start_due(stores)[1]) == ["due-1", "due--86400"]


def test_changes_are_stored_with_the_starts_and_before_them(stores: Stores) -> None:
    wait_in(stores, 1, 2)
    _, (first,) = start_due(stores, limit=1)
    waiting = stores.orders.get("due-1")
    assert waiting is not None
    refused = first.release(START)._replace(old=an_order("nobody"), new=an_order("nobody"))

    done, started = start_due(stores, first.complete(START), refused, waiting.cancel(START))

    assert (done, started) == ([True, False, True], [])
    assert stores.views.totals().cancelled == stores.views.totals().completed == 1


def test_orders_that_the_call_itself_changes_leave_the_limit_to_others(stores: Stores) -> None:
    wait_in(stores, 4, 3, 2, 1, -86_400)
    longest_due = stores.orders.get_many(["due-4", "due-3"])

    done, started = start_due(stores, *map(start, longest_due), limit=1)
    _, then = start_due(stores, limit=1)
    _, misdated = start_due(stores, limit=1)

    assert done == [True, True]
    assert ids(started + then + misdated) == ["due-2", "due-1", "due--86400"]


def test_an_order_that_its_own_call_gives_back_may_be_started_again(stores: Stores) -> None:
    wait_in(stores, 1)
    _, (first,) = start_due(stores)

    _, at_once = start_due(stores, first.release(START))
    _, later = start_due(stores)

    assert [order.attempt for order in at_once + later] == [2]


def test_what_is_held_is_due_at_the_given_time_and_otherwise_as_it_was(stores: Stores) -> None:
    wait_in(stores, 3, 1, 2)
    before = stores.views.history("due-3")

    held = hold_due(stores, limit=2)

    assert ids(held) == ["due-3", "due-2"]
    assert [stores.orders.get(order.order_id) for order in held] == held
    assert {order.due_at for order in held} == {START + LEASE}
    assert (held[0].seq, stores.views.history("due-3")) == (1, before)


def test_what_is_held_is_not_claimed_again(stores: Stores) -> None:
    wait_in(stores, 1, 2)
    hold_due(stores, limit=1)

    assert ids(start_due(stores)[1]) == ["due-1"]
    assert hold_due(stores) == []


def test_many_claim_at_once_and_each_order_is_started_once(stores: Stores) -> None:
    wait_in(stores, *range(1, 201))

    def claim(_: int) -> list[str]:
        return [order_id for _ in range(5) for order_id in ids(start_due(stores)[1])]

    with ThreadPoolExecutor(8) as pool:
        started = list(chain(*pool.map(claim, range(8))))

    assert len(started) == len(set(started))
    left = list(chain(*(ids(start_due(stores, limit=50)[1]) for _ in range(4))))
    assert sorted(started + left) == sorted(f"due-{ago}" for ago in range(1, 201))
    assert stores.views.totals() == Totals(processing=200)


def test_what_another_process_is_claiming_is_passed_over_without_waiting(server: URL) -> None:
    stores, engine = open_stores(server), open_engine(server)
    wait_in(stores, 4, 3, 2, 1)

    with transactions_on(engine).begin() as cursor:
        apply(engine, cursor, HoldDue(START + LEASE, DueOrders(START, START + LEASE, 2, Look())))
        _, started = start_due(stores, limit=1)
        held = hold_due(stores)

    assert (ids(started), ids(held)) == (["due-2"], ["due-1"])
    stores.close()
    engine.dispose()


def test_orders_are_read_many_at_once(stores: Stores) -> None:
    wait_in(stores, *range(300))

    found = stores.orders.get_many([f"due-{ago}" for ago in (7, 299, 7)] + ["nobody"])

    assert sorted(ids(found)) == ["due-299", "due-7"]
    assert [stores.orders.get(order.order_id) for order in found] == found
    assert stores.orders.get_many([]) == []


@pytest.mark.parametrize("limit", [1, 10])
def test_nothing_due_is_nothing_claimed(stores: Stores, limit: int) -> None:
    wait_in(stores, -1)

    assert start_due(stores, limit=limit) == ([], [])
    assert hold_due(stores, limit=limit) == []
