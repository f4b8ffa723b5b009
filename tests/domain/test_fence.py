"""The fence: which change of a stored order is let through, and which comes too late."""

from datetime import timedelta

from domain.change import Change
from domain.fence import Version
from domain.order import Order
from tests.harness.builders import LEASE, START, an_order

LATER = START + LEASE + timedelta(seconds=1)
WAITING = an_order()
STARTED = WAITING.start(START, LEASE, "worker-1").new


def lets_through(stored: Order, change: Change) -> bool:
    return Version.of(stored).admits(change)


def test_the_holder_of_the_present_attempt_may_end_it() -> None:
    assert lets_through(STARTED, STARTED.complete(LATER))


def test_a_worker_whose_order_was_given_to_nobody_yet_comes_too_late() -> None:
    expired = STARTED.expire(LATER, timedelta(0)).new

    assert not lets_through(expired, STARTED.complete(LATER))


def test_a_worker_whose_order_is_in_another_attempt_comes_too_late() -> None:
    second = STARTED.expire(LATER, timedelta(0)).new.start(LATER, LEASE, "worker-2").new

    assert not lets_through(second, STARTED.complete(LATER))


def test_a_hint_of_an_earlier_attempt_starts_nothing() -> None:
    waiting_again = STARTED.release(LATER).new

    assert not lets_through(waiting_again, WAITING.start(LATER, LEASE, "worker-2"))


def test_a_retried_order_refuses_the_hint_it_had_before_it_failed() -> None:
    retried = STARTED.fail(LATER, "no stock", None).new.retry(LATER).new

    assert not lets_through(retried, WAITING.start(LATER, LEASE, "worker-2"))


def test_an_order_that_was_held_and_unheld_refuses_who_read_it_before() -> None:
    free = WAITING.hold(START).new.unhold(START).new

    assert not lets_through(free, WAITING.start(LATER, LEASE, "worker-2"))
    assert lets_through(free, free.start(LATER, LEASE, "worker-2"))


def test_a_worker_whose_order_was_parked_since_comes_too_late() -> None:
    assert not lets_through(STARTED.park(START, LATER).new, STARTED.complete(LATER))


def test_an_outcome_does_not_mind_a_heartbeat() -> None:
    beaten = STARTED._replace(due_at=LATER + LEASE)

    assert lets_through(beaten, STARTED.complete(LATER))


def test_an_expiry_gives_way_to_a_heartbeat() -> None:
    beaten = STARTED._replace(due_at=LATER + LEASE)

    assert not lets_through(beaten, STARTED.expire(LATER, timedelta(0)))


def test_the_last_expiry_gives_way_to_a_heartbeat_too() -> None:
    beaten = STARTED._replace(due_at=LATER + LEASE)

    assert not lets_through(beaten, STARTED.expire(LATER, None))


def test_an_expiry_of_a_silent_holder_is_let_through() -> None:
    assert lets_through(STARTED, STARTED.expire(LATER, timedelta(0)))
