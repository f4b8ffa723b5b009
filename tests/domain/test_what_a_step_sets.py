"""Each transition, field by field: what is not named in an expectation must stay as it was."""

from datetime import timedelta

import pytest

from domain.errors import IllegalTransition
from domain.order import Order
from domain.transitions import OrderStatus
from tests.domain.orders_with_a_past import NOW, WAIT, an_order_that_is
from tests.harness.builders import LEASE, START, an_order

PENDING, PROCESSING, COMPLETED, FAILED, CANCELLED = OrderStatus


def after(old: Order, status: OrderStatus) -> Order:
    """What every step to that status has in common."""
    return old._replace(status=status, seq=old.seq + 1, changed_at=NOW)


def test_a_new_order_is_pending_and_has_no_past() -> None:
    order = an_order(now=NOW, due_at=NOW + WAIT)

    assert order == Order(
        order_id="ORD003",
        user_id=1,
        item_ids=(101, 102, 103),
        total_amount=order.total_amount,
        created_at=NOW,
        changed_at=NOW,
        due_at=NOW + WAIT,
        status=PENDING,
        seq=1,
        attempt=0,
        owner=None,
        failures=0,
        crashes=0,
        processing_started_at=None,
        ended_at=None,
        reason=None,
        not_before=None,
    )


def test_a_new_order_that_is_to_wait_is_due_at_that_time() -> None:
    order = an_order(now=NOW, not_before=NOW + WAIT)

    assert (order.due_at, order.not_before) == (NOW + WAIT, NOW + WAIT)
    assert order.is_scheduled
    assert order.has_appointment


@pytest.mark.parametrize("since", [timedelta(0), WAIT])
def test_a_time_to_wait_for_that_has_passed_makes_no_difference(since: timedelta) -> None:
    order = an_order(now=NOW, due_at=NOW + WAIT, not_before=NOW - since)

    assert order.due_at == NOW + WAIT
    assert not order.is_scheduled


def test_an_order_that_is_released_before_its_time_waits_for_that() -> None:
    held = an_order(now=START, not_before=NOW + WAIT).hold(START).new

    assert held.is_held
    assert held.unhold(NOW).new.due_at == NOW + WAIT
    assert held.unhold(NOW + 2 * WAIT).new.due_at == NOW + 2 * WAIT


def test_an_order_that_a_fast_clock_started_too_early_is_not_tried_again_before_its_time() -> None:
    started = an_order(now=START, not_before=NOW + WAIT).start(NOW + 2 * WAIT, LEASE, "me").new
    failed = started.fail(NOW, "no stock", retry_in=None).new

    again = [
        started.fail(NOW, "no stock", retry_in=timedelta(0)),
        started.expire(NOW, retry_in=timedelta(0)),
        started.release(NOW),
        failed.retry(NOW),
    ]

    assert [change.new.due_at for change in again] == [NOW + WAIT] * 4


def test_start_counts_an_attempt_and_names_the_holder_for_a_lease() -> None:
    old = an_order_that_is(PENDING)

    assert old.start(NOW, LEASE, "worker-2").new == after(old, PROCESSING)._replace(
        attempt=4,
        owner="worker-2",
        due_at=NOW + LEASE,
        processing_started_at=NOW,
    )


def test_complete_ends_the_order_without_a_reason() -> None:
    old = an_order_that_is(PROCESSING)

    assert old.complete(NOW).new == after(old, COMPLETED)._replace(
        owner=None, due_at=None, ended_at=NOW, reason=None
    )


def test_a_failed_attempt_is_counted_and_due_again_after_the_wait() -> None:
    old = an_order_that_is(PROCESSING)

    assert old.fail(NOW, "no stock", WAIT).new == after(old, PENDING)._replace(
        owner=None,
        due_at=NOW + WAIT,
        processing_started_at=None,
        failures=2,
        reason="no stock",
    )


def test_the_last_failed_attempt_is_counted_and_ends_the_order() -> None:
    old = an_order_that_is(PROCESSING)

    assert old.fail(NOW, "no stock", None).new == after(old, FAILED)._replace(
        owner=None, due_at=None, ended_at=NOW, failures=2, reason="no stock"
    )


def test_expire_counts_a_crash_and_says_which_attempt_went_silent() -> None:
    old = an_order_that_is(PROCESSING)

    assert old.expire(NOW, WAIT).new == after(old, PENDING)._replace(
        owner=None,
        due_at=NOW + WAIT,
        processing_started_at=None,
        crashes=3,
        reason="attempt 3 went silent",
    )


def test_the_last_crash_is_counted_and_ends_the_order() -> None:
    old = an_order_that_is(PROCESSING)

    assert old.expire(NOW, None).new == after(old, FAILED)._replace(
        owner=None,
        due_at=None,
        ended_at=NOW,
        crashes=3,
        reason="attempt 3 went silent",
    )


def test_release_counts_neither_a_failure_nor_a_crash() -> None:
    old = an_order_that_is(PROCESSING)

    assert old.release(NOW, WAIT, "later").new == after(old, PENDING)._replace(
        owner=None,
        due_at=NOW + WAIT,
        processing_started_at=None,
        reason="later",
    )


def test_release_is_due_at_once_unless_told_otherwise() -> None:
    assert an_order_that_is(PROCESSING).release(NOW).new.due_at == NOW


@pytest.mark.parametrize("status", [PENDING, FAILED])
def test_cancel_ends_the_order_and_forgets_nothing(status: OrderStatus) -> None:
    old = an_order_that_is(status)

    assert old.cancel(NOW).new == after(old, CANCELLED)._replace(due_at=None, ended_at=NOW)


def test_a_reason_to_cancel_replaces_that_of_the_last_attempt() -> None:
    assert an_order_that_is(FAILED).cancel(NOW, reason="not wanted").new.reason == "not wanted"


def test_a_parked_order_is_held_by_nobody_until_its_deadline() -> None:
    old = an_order_that_is(PROCESSING)

    parked = old.park(NOW, NOW + WAIT).new

    assert parked == after(old, PROCESSING)._replace(owner=None, due_at=NOW + WAIT)
    assert parked.is_parked
    assert not old.is_parked


def test_a_held_order_is_never_due_and_cannot_be_started() -> None:
    old = an_order_that_is(PENDING)

    held = old.hold(NOW, reason="no address").new

    assert held == after(old, PENDING)._replace(due_at=None, reason="no address")
    assert held.is_held
    with pytest.raises(IllegalTransition, match="is held and cannot be started"):
        held.start(NOW, LEASE, "worker-2")


def test_an_order_that_is_held_no_longer_is_due_now() -> None:
    held = an_order_that_is(PENDING).hold(NOW, reason="no address").new

    free = held.unhold(NOW + WAIT).new

    assert free.due_at == NOW + WAIT
    assert free.reason is None
    assert not free.is_held


def test_retry_gives_fresh_counts_but_never_an_old_attempt_number() -> None:
    old = an_order_that_is(FAILED)

    assert old.retry(NOW).new == after(old, PENDING)._replace(
        due_at=NOW,
        processing_started_at=None,
        ended_at=None,
        failures=0,
        crashes=0,
        reason=None,
    )


def test_a_deadline_follows_the_clock_even_when_it_went_back() -> None:
    last = NOW + timedelta(days=1)
    order = an_order_that_is(PENDING)._replace(changed_at=last)

    assert order.start(NOW, LEASE, "worker-2").new.due_at == NOW + LEASE


def test_durations_are_measured_between_creation_start_and_end() -> None:
    started = START + timedelta(seconds=3)
    completed = START + timedelta(seconds=8)

    order = an_order().start(started, LEASE, "worker-2").new.complete(completed).new

    durations = order.pending_duration, order.processing_duration, order.total_duration
    assert durations == tuple(timedelta(seconds=seconds) for seconds in (3, 5, 8))


def test_a_failed_order_has_no_time_of_completion() -> None:
    failed = an_order().start(NOW, LEASE, "worker-2").new.fail(NOW, "no stock", None).new

    assert (failed.completed_at, failed.processing_duration) == (None, None)
