"""Holdings: at most one version of each order, and only that one is dropped."""

from application.processing.holdings import Holdings
from tests.harness.builders import LEASE, START, an_order

HINT = an_order()
STARTED = HINT.start(START, LEASE, "worker-1").new


def test_an_order_is_taken_once() -> None:
    holdings = Holdings()

    assert [holdings.take(HINT), holdings.take(STARTED)] == [True, False]


def test_taking_an_order_again_does_not_replace_what_is_held() -> None:
    holdings = Holdings()
    holdings.put(STARTED)

    holdings.take(HINT)

    assert holdings.all() == [STARTED]


def test_a_newer_version_takes_the_place_of_the_older_one() -> None:
    holdings = Holdings()
    holdings.take(HINT)

    holdings.put(STARTED)

    assert (holdings.holds(HINT), holdings.holds(STARTED)) == (False, True)


def test_dropping_an_older_version_leaves_the_newer_one() -> None:
    holdings = Holdings()
    holdings.put(STARTED)

    holdings.drop(HINT)

    assert holdings.holds(STARTED)


def test_what_was_dropped_can_be_taken_again() -> None:
    holdings = Holdings()
    holdings.take(HINT)

    holdings.drop(HINT)

    assert holdings.take(HINT)


def test_dropping_what_was_never_held_is_no_mistake() -> None:
    holdings = Holdings()

    holdings.drop(HINT)

    assert len(holdings) == 0


def test_an_order_is_found_by_its_id_in_whatever_version() -> None:
    holdings = Holdings()
    holdings.put(STARTED)

    assert (HINT.order_id in holdings, "ORD004" in holdings, len(holdings)) == (True, False, 1)


def test_a_copy_of_what_is_held_does_not_change_with_it() -> None:
    holdings = Holdings()
    holdings.take(HINT)

    copy = holdings.all()
    holdings.drop(HINT)

    assert copy == [HINT]


def test_once_closed_nothing_more_is_taken_but_a_start_is_still_held() -> None:
    holdings = Holdings()
    holdings.take(HINT)

    holdings.close()

    assert not holdings.take(an_order("later"))
    assert holdings.put(STARTED)
    assert holdings.all() == [STARTED]


def test_once_given_back_nothing_more_is_held() -> None:
    holdings = Holdings()
    holdings.put(STARTED)

    assert holdings.give_back() == [STARTED]

    assert not holdings.take(an_order("later"))
    assert not holdings.put(HINT)
    assert holdings.all() == [STARTED]
