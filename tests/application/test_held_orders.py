"""HeldOrders: at most one version of each order, and only that one is dropped."""

from application.processing.held_orders import HeldOrders
from tests.harness.builders import LEASE, START, an_order

HINT = an_order()
STARTED = HINT.start(START, LEASE, "worker-1").new


def test_an_order_is_taken_once() -> None:
    held_orders = HeldOrders()

    assert [held_orders.take(HINT), held_orders.take(STARTED)] == [True, False]


def test_taking_an_order_again_does_not_replace_what_is_held() -> None:
    held_orders = HeldOrders()
    held_orders.put(STARTED)

    held_orders.take(HINT)

    assert held_orders.all() == [STARTED]


def test_a_newer_version_takes_the_place_of_the_older_one() -> None:
    held_orders = HeldOrders()
    held_orders.take(HINT)

    held_orders.put(STARTED)

    assert (held_orders.holds(HINT), held_orders.holds(STARTED)) == (False, True)


def test_dropping_an_older_version_leaves_the_newer_one() -> None:
    held_orders = HeldOrders()
    held_orders.put(STARTED)

    held_orders.drop(HINT)

    assert held_orders.holds(STARTED)


def test_what_was_dropped_can_be_taken_again() -> None:
    held_orders = HeldOrders()
    held_orders.take(HINT)

    held_orders.drop(HINT)

    assert held_orders.take(HINT)


def test_dropping_what_was_never_held_is_no_mistake() -> None:
    held_orders = HeldOrders()

    held_orders.drop(HINT)

    assert len(held_orders) == 0


def test_an_order_is_found_by_its_id_in_whatever_version() -> None:
    held_orders = HeldOrders()
    held_orders.put(STARTED)

    assert (HINT.order_id in held_orders, "ORD004" in held_orders, len(held_orders)) == (
        True,
        False,
        1,
    )


def test_a_copy_of_what_is_held_does_not_change_with_it() -> None:
    held_orders = HeldOrders()
    held_orders.take(HINT)

    copy = held_orders.all()
    held_orders.drop(HINT)

    assert copy == [HINT]


def test_once_closed_nothing_more_is_taken_but_a_start_is_still_held() -> None:
    held_orders = HeldOrders()
    held_orders.take(HINT)

    held_orders.close()

    assert not held_orders.take(an_order("later"))
    assert held_orders.put(STARTED)
    assert held_orders.all() == [STARTED]


def test_once_given_back_nothing_more_is_held() -> None:
    held_orders = HeldOrders()
    held_orders.put(STARTED)

    assert held_orders.seal() == [STARTED]

    assert not held_orders.take(an_order("later"))
    assert not held_orders.put(HINT)
    assert held_orders.all() == [STARTED]
