"""OrderViews: how long the line is before an order."""

from datetime import timedelta

from domain.transitions import OrderStatus
from tests.contract.databases import Stores
from tests.harness.builders import LEASE, START, an_order

SECOND = timedelta(seconds=1)


def test_pending_orders_that_are_due_before_a_moment_are_counted(stores: Stores) -> None:
    orders = [an_order(f"o{number}", now=START + number * SECOND) for number in range(6)]
    stores.orders.add(orders)
    started = orders[0].start(START, LEASE, "me")
    assert stores.orders.update([started, orders[1].hold(START)]) == [True, True]
    assert started.new.status is OrderStatus.PROCESSING

    counts = [
        stores.views.count_due_before(START + n * SECOND, f"o{n}", 10) for n in (0, 2, 3, 5, 9)
    ]

    assert counts == [0, 0, 1, 3, 4]


def test_they_are_counted_up_to_a_limit(stores: Stores) -> None:
    stores.orders.add([an_order(f"o{number}") for number in range(6)])

    assert stores.views.count_due_before(START + SECOND, "o", 4) == 4
    assert stores.views.count_due_before(START, "o", 4) == 0


def test_of_orders_that_are_due_at_once_those_of_lesser_ids_count(stores: Stores) -> None:
    stores.orders.add([an_order("before", now=START - SECOND), an_order("O1"), an_order("o1")])
    stores.orders.add([an_order(f"o{number}") for number in range(2, 6)])

    ids = ["O1", "o1", "o3", "o5"]
    assert [stores.views.count_due_before(START, id_, 10) for id_ in ids] == [1, 2, 4, 6]
    assert stores.views.count_due_before(START, "o5", 4) == 4
