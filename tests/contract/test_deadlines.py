"""OrderRepository: moving deadlines, and finding what is due."""

from datetime import timedelta

from domain.order import Order
from domain.transitions import OrderStatus
from tests.contract.databases import Stores
from tests.harness.builders import LEASE, START, an_order

SECOND = timedelta(seconds=1)
FAR = START + timedelta(days=300)


def started(stores: Stores, order_id: str = "ORD003") -> Order:
    order = an_order(order_id)
    stores.orders.add([order])
    processing = order.start(START, LEASE, "me")
    stores.orders.update([processing])
    return processing.new


def due_ids(
    stores: Stores, status: OrderStatus = OrderStatus.PENDING, limit: int = 10
) -> list[str]:
    found = stores.orders.find_due(status, now=START, horizon=START + LEASE, limit=limit)
    return [order.order_id for order in found]


def test_a_heartbeat_moves_the_deadline_and_nothing_else(stores: Stores) -> None:
    order = started(stores)
    history, totals = stores.views.history("ORD003"), stores.views.totals()

    assert stores.orders.reschedule([order], START + 2 * LEASE) == [True]

    stored = stores.orders.get("ORD003")
    assert stored is not None
    assert stored.due_at == START + 2 * LEASE
    assert stored.changed_at == order.changed_at
    assert stores.views.history("ORD003") == history
    assert stores.views.totals() == totals


def test_a_heartbeat_beats_an_expiry_that_read_the_lease_before_it(
    stores: Stores,
) -> None:
    read_by_sweeper = started(stores)
    stores.orders.reschedule([read_by_sweeper], START + 2 * LEASE)

    expired = read_by_sweeper.expire(START + LEASE, timedelta(0))

    assert stores.orders.update([expired]) == [False]
    assert stores.orders.update([read_by_sweeper.complete(START)]) == [True]


def test_an_expiry_that_gives_up_loses_to_a_heartbeat_as_well(stores: Stores) -> None:
    read_by_sweeper = started(stores)
    stores.orders.reschedule([read_by_sweeper], START + 2 * LEASE)

    assert stores.orders.update([read_by_sweeper.expire(START, None)]) == [False]


def test_a_heartbeat_of_a_lost_order_is_refused(stores: Stores) -> None:
    order = started(stores)
    waiting = order.expire(START + LEASE, timedelta(seconds=30))
    stores.orders.update([waiting])

    assert stores.orders.reschedule([order], FAR) == [False]
    assert stores.orders.get("ORD003") == waiting.new


def test_a_heartbeat_of_an_ended_order_is_refused(stores: Stores) -> None:
    order = started(stores)
    stores.orders.update([order.complete(START)])

    assert stores.orders.reschedule([order], FAR) == [False]


def test_only_one_of_two_dispatches_what_both_have_read(stores: Stores) -> None:
    order = an_order()
    stores.orders.add([order])

    first = stores.orders.reschedule([order], START + LEASE, if_due_at_unchanged=True)
    second = stores.orders.reschedule([order], START + 2 * LEASE, if_due_at_unchanged=True)

    assert (first, second) == ([True], [False])
    stored = stores.orders.get("ORD003")
    assert stored is not None
    assert stored.due_at == START + LEASE


def test_due_orders_come_the_longest_due_first(stores: Stores) -> None:
    stores.orders.add(
        [
            an_order("late", due_at=START),
            an_order("later", due_at=START + SECOND),
            an_order("early", due_at=START - SECOND),
        ]
    )

    assert due_ids(stores) == ["early", "late"]
    assert due_ids(stores, limit=1) == ["early"]


def test_what_is_due_beyond_the_horizon_is_found_after_what_is_overdue(
    stores: Stores,
) -> None:
    stores.orders.add(
        [
            an_order("misdated", due_at=START + LEASE + timedelta(microseconds=1)),
            an_order("at-the-horizon", due_at=START + LEASE),
            an_order("overdue", due_at=START),
        ]
    )

    assert due_ids(stores) == ["overdue", "misdated"]
    assert due_ids(stores, limit=1) == ["overdue"]


def test_a_parked_order_is_due_at_its_time_however_far_away_that_is(stores: Stores) -> None:
    stores.orders.update([started(stores, "later").park(START, FAR)])
    stores.orders.update([started(stores, "now").park(START, START)])
    misdated = started(stores, "misdated")
    stores.orders.reschedule([misdated], FAR)

    assert due_ids(stores, OrderStatus.PROCESSING) == ["now", "misdated"]


def test_due_processing_orders_are_found_behind_any_number_of_due_pending_ones(
    stores: Stores,
) -> None:
    stores.orders.add([an_order(f"p{number}") for number in range(50)])  # five times the limit
    order = started(stores, "the-one")
    stores.orders.reschedule([order], START)

    assert due_ids(stores, OrderStatus.PROCESSING) == ["the-one"]


def test_an_ended_order_is_never_due(stores: Stores) -> None:
    order = started(stores)
    stores.orders.update([order.complete(START)])

    for status in OrderStatus:
        assert due_ids(stores, status) == []
