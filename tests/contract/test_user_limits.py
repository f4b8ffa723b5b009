"""Starts that obey the limits of each user, on every database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import chain

import pytest

from domain.change import Change
from domain.flow import Flow
from domain.limits import NO_LIMITS, Limits
from domain.order import Order
from domain.user_quota import LONGEST
from tests.contract.databases import Stores
from tests.harness.builders import LEASE, START, an_order

SECOND = timedelta(seconds=1)
HORIZON = 100 * LEASE


def start(order: Order) -> Change:
    return order.start(START, LEASE, "me")


def wait_in(stores: Stores, *users: int) -> None:
    """An order of each of these, due one after another."""
    stores.orders.add(
        [
            an_order(f"o{number:03}-{user}", user_id=user, due_at=START + number * SECOND / 1_000)
            for number, user in enumerate(users, start=-len(users))
        ]
    )


def start_due(stores: Stores, *changes: Change, limit: int = 10, ahead: float = 0) -> list[Order]:
    """Start within the flow, so many seconds after START."""
    now = START + ahead * SECOND
    _, started = stores.orders.start_due(
        changes, start, now=now, horizon=now + HORIZON, limit=limit, within_flow=True
    )
    return started


def users_of(orders: list[Order]) -> list[int]:
    return [order.user_id for order in orders]


def limit(stores: Stores, rate: float | None = None, at_once: int | None = None) -> None:
    limits = Limits(rate_per_second=rate, at_once=at_once)
    stores.flow.change(lambda flow: flow.limit(NO_LIMITS, limits))


def test_no_user_has_more_in_processing_and_others_are_not_held_up(stores: Stores) -> None:
    wait_in(stores, *[1] * 30, 2, 3, 2, 2)
    limit(stores, at_once=2)

    started = start_due(stores)

    assert users_of(started) == [1, 1, 2, 3, 2]
    assert start_due(stores) == []


def test_the_next_order_of_a_user_starts_once_one_has_ended(stores: Stores) -> None:
    wait_in(stores, 1, 1, 1)
    limit(stores, at_once=1)
    (running,) = start_due(stores)
    assert start_due(stores) == []

    stores.orders.update([running.complete(START)])

    assert start_due(stores) == []  # it is looked at a little later
    assert users_of(start_due(stores, ahead=0.1)) == [1]
    assert start_due(stores, ahead=60) == []


def test_an_outcome_of_the_same_call_leaves_its_place_to_the_user(stores: Stores) -> None:
    wait_in(stores, 1, 2, 1)
    limit(stores, at_once=1)
    (running,) = start_due(stores, limit=1)

    assert users_of(start_due(stores, running.complete(START))) == [2, 1]


def test_orders_that_wait_for_their_user_change_in_nothing_but_their_deadline(
    stores: Stores,
) -> None:
    wait_in(stores, 1, 1)
    limit(stores, at_once=1)
    before = stores.orders.get("o-01-1")
    start_due(stores)

    after = stores.orders.get("o-01-1")

    assert before is not None
    assert after == before._replace(due_at=START + SECOND / 10)
    assert len(stores.views.history("o-01-1")) == 1


def test_a_scheduled_order_waits_for_its_user_too(stores: Stores) -> None:
    stores.orders.add([an_order(f"o{number}", not_before=START + SECOND) for number in range(2)])
    limit(stores, at_once=1)

    assert len(start_due(stores, ahead=1)) == 1
    assert start_due(stores, ahead=1) == []
    assert len(start_due(stores, ahead=100)) == 0


@pytest.mark.parametrize("rate", [5, 0.5])
def test_a_rate_of_each_user_is_kept_over_time(stores: Stores, rate: float) -> None:
    wait_in(stores, *[1] * 100, 2)
    limit(stores, rate=rate)
    started = [users_of(start_due(stores, limit=4, ahead=tenth / 10)) for tenth in range(101)]

    assert sum(users.count(2) for users in started[:2]) == 1
    burst = max(rate, 1)
    assert rate * 10 - 1 <= sum(users.count(1) for users in started) <= rate * 10 + burst


def test_a_rate_holds_whoever_else_starts_at_the_same_time(stores: Stores) -> None:
    wait_in(stores, *[1, 2] * 30)
    limit(stores, rate=3)

    with ThreadPoolExecutor(4) as pool:
        started = list(pool.map(lambda _: users_of(start_due(stores, limit=2)), range(20)))

    assert sorted(chain(*started)) == [1, 1, 1, 2, 2, 2]


def test_a_limit_of_all_holds_beside_those_of_users(stores: Stores) -> None:
    wait_in(stores, 1, 1, 2, 3, 4)
    stores.flow.change(lambda flow: flow.limit(Limits(at_once=3), Limits(at_once=1)))

    assert users_of(start_due(stores)) == [1, 2, 3]
    assert start_due(stores) == []
    assert users_of(start_due(stores, limit=0)) == []


def test_what_is_left_for_want_of_room_is_found_by_the_next_look(stores: Stores) -> None:
    """Also where looks begin at a floor, above which what is due lies."""
    wait_in(stores, *range(1, 31))
    limit(stores, at_once=1)

    found = [users_of(start_due(stores, limit=4)) for _ in range(8)]

    assert list(chain(*found)) == list(range(1, 31))


def test_orders_of_a_user_wait_for_a_minute_at_most_once_limits_are_lifted(stores: Stores) -> None:
    wait_in(stores, *[1] * 50)
    limit(stores, rate=0.01)
    start_due(stores)

    stores.flow.change(lambda flow: flow.limit(NO_LIMITS))

    waited = LONGEST.total_seconds()
    assert len(start_due(stores, limit=50, ahead=waited)) == 49


def test_whether_a_user_is_admitted_can_be_asked(stores: Stores) -> None:
    wait_in(stores, 1, 1, 2)
    assert stores.flow.admits(1, START)
    limit(stores, at_once=1)
    start_due(stores, limit=1)

    assert not stores.flow.admits(1, START)
    assert stores.flow.admits(2, START)
    limit(stores, rate=1)
    assert stores.flow.admits(1, START)
    start_due(stores, ahead=1)

    assert not stores.flow.admits(1, START + SECOND)
    assert stores.flow.admits(1, START + 2 * SECOND)
    stores.flow.change(lambda _: Flow())
    assert stores.flow.admits(1, START + SECOND)
