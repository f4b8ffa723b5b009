"""OrderRepository: orders that are not to start before a time."""

from datetime import UTC, datetime, timedelta

from domain.change import Change
from domain.order import Order
from domain.transitions import OrderStatus
from tests.contract.databases import Stores
from tests.harness.builders import LEASE, START, an_order

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
END_OF_TIME = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)


def start(order: Order) -> Change:
    return order.start(order.created_at, LEASE, "me")


def started_at(stores: Stores, now: datetime, limit: int = 10) -> list[str]:
    _, started = stores.orders.start_due([], start, now=now, horizon=now + LEASE, limit=limit)
    return [order.order_id for order in started]


def found_at(stores: Stores, now: datetime, limit: int = 10) -> list[str]:
    found = stores.orders.find_due(OrderStatus.PENDING, now=now, horizon=now + LEASE, limit=limit)
    return [order.order_id for order in found]


def test_a_scheduled_order_is_stored_as_it_is(stores: Stores) -> None:
    orders = [an_order("soon", not_before=START + SECOND), an_order("late", not_before=END_OF_TIME)]

    stores.orders.add(orders)

    assert [stores.orders.get(order.order_id) for order in orders] == orders


def test_a_scheduled_order_is_due_at_its_time_and_not_taken_for_misdated(stores: Stores) -> None:
    stores.orders.add(
        [an_order("a", not_before=START + DAY), an_order("b", not_before=END_OF_TIME)]
    )

    assert found_at(stores, START + DAY - SECOND) == []
    assert started_at(stores, START + DAY - SECOND) == []
    assert found_at(stores, START + DAY) == ["a"]
    assert started_at(stores, START + DAY) == ["a"]


def test_scheduled_orders_take_their_place_among_others_by_their_time(stores: Stores) -> None:
    stores.orders.add(
        [
            an_order("third", not_before=START + 3 * SECOND),
            an_order("second", due_at=START + 2 * SECOND),
            an_order("first", not_before=START + SECOND),
            an_order("fourth", due_at=START + 4 * SECOND),
        ]
    )

    assert found_at(stores, START + DAY, limit=3) == ["first", "second", "third"]
    assert started_at(stores, START + DAY, limit=2) == ["first", "second"]
    assert started_at(stores, START + DAY, limit=2) == ["third", "fourth"]


def test_a_scheduled_order_that_is_held_is_not_due_at_its_time(stores: Stores) -> None:
    order = an_order(not_before=START + SECOND)
    stores.orders.add([order])
    held = order.hold(START)
    stores.orders.update([held])

    assert found_at(stores, START + DAY) == []
    assert stores.orders.get("ORD003") == held.new

    released = held.new.unhold(START)
    assert stores.orders.update([released]) == [True]
    assert stores.orders.get("ORD003") == released.new
    assert found_at(stores, START) == []
    assert found_at(stores, START + SECOND) == ["ORD003"]


def test_an_order_whose_deadline_was_moved_by_a_clock_that_was_ahead_does_not_start_early(
    stores: Stores,
) -> None:
    stores.orders.add([an_order(not_before=START + DAY)])
    ahead = START + 2 * DAY
    stores.orders.hold_due(ahead + LEASE, now=ahead, horizon=ahead + LEASE, limit=1)

    assert found_at(stores, START) == []
    assert started_at(stores, START) == []
    assert found_at(stores, START + DAY) == ["ORD003"]  # misdated, from now on


def test_who_hands_a_scheduled_order_to_a_broker_moves_its_deadline(stores: Stores) -> None:
    stores.orders.add([an_order(not_before=START + SECOND)])
    now = START + SECOND

    (held,) = stores.orders.hold_due(now + LEASE, now=now, horizon=now + LEASE, limit=1)

    assert stores.orders.get("ORD003") == held
    assert found_at(stores, now) == []
    assert found_at(stores, now + LEASE) == ["ORD003"]


def test_an_attempt_that_failed_is_due_after_its_back_off_and_no_more_by_its_schedule(
    stores: Stores,
) -> None:
    order = an_order(not_before=START + SECOND)
    stores.orders.add([order])
    now = START + SECOND
    started = order.start(now, LEASE, "me")
    failed = started.new.fail(now, "no stock", retry_in=LEASE)

    assert stores.orders.update([started, failed]) == [True, True]

    assert stores.orders.get("ORD003") == failed.new
    assert found_at(stores, now) == []
    assert found_at(stores, now + LEASE) == ["ORD003"]


def test_those_that_are_due_by_their_schedule_stand_in_line_before_later_ones(
    stores: Stores,
) -> None:
    stores.orders.add(
        [an_order("a", not_before=START + SECOND), an_order("b", not_before=START + DAY)]
    )

    assert stores.views.count_due_before(START + 2 * SECOND, "c", most=10) == 1
    assert stores.views.count_due_before(START + SECOND, "c", most=10) == 1
    assert stores.views.count_due_before(START + SECOND, "a", most=10) == 0
