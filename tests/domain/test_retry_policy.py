"""RetryPolicy: how often, and after how long."""

import random
from datetime import timedelta

import pytest

from domain.order import Order
from domain.retry_policy import RetryPolicy
from tests.harness.builders import LEASE, START, an_order

SECOND = timedelta(seconds=1)
LONGEST = RetryPolicy(max_attempts=100, max_crashes=100, jitter=lambda: 1.0)


def running(*, failures: int = 0, crashes: int = 0, put_off: int = 0) -> Order:
    """An order at an attempt after so many."""
    started = an_order().start(START, LEASE, "worker-1").new
    attempt = failures + crashes + put_off + 1
    return started._replace(failures=failures, crashes=crashes, attempt=attempt)


@pytest.mark.parametrize(("failures", "seconds"), [(0, 1), (1, 2), (2, 4), (5, 32)])
def test_the_wait_doubles_with_each_failure(failures: int, seconds: int) -> None:
    assert LONGEST.after_failure(running(failures=failures)) == seconds * SECOND


@pytest.mark.parametrize(("crashes", "seconds"), [(1, 2), (2, 4), (5, 32)])
def test_the_wait_doubles_with_each_crash(crashes: int, seconds: int) -> None:
    assert LONGEST.after_crash(running(crashes=crashes)) == seconds * SECOND


@pytest.mark.parametrize("count", [6, 50, 98])
def test_no_wait_is_longer_than_the_cap(count: int) -> None:
    waits = (
        LONGEST.after_failure(running(failures=count)),
        LONGEST.after_crash(running(crashes=count)),
    )

    assert waits == (60 * SECOND, 60 * SECOND)


def test_the_first_crash_does_not_wait() -> None:
    assert LONGEST.after_crash(running()) == timedelta(0)


def test_failures_make_no_crash_wait() -> None:
    assert LONGEST.after_crash(running(failures=4)) == timedelta(0)


def test_crashes_make_no_failure_wait_longer() -> None:
    assert LONGEST.after_failure(running(crashes=9)) == SECOND


@pytest.mark.parametrize(
    ("put_off", "asked", "given"),
    [
        (0, 0, 0),
        (0, 1, 1),
        (1, 1, 2),
        (2, 1, 4),
        (2, 30, 30),
        (5, 30, 32),
        (50, 1, 60),
        (0, 61, 60),
    ],
)
def test_who_asks_for_time_gets_it_and_more_when_it_asks_again(
    put_off: int, asked: int, given: int
) -> None:
    wait = LONGEST.after_request(running(put_off=put_off), asked * SECOND)

    assert wait == given * SECOND


def test_failures_and_crashes_do_not_count_as_requests_for_time() -> None:
    assert LONGEST.after_request(running(failures=3, crashes=3), SECOND) == SECOND


def test_nobody_is_asked_again_before_now() -> None:
    assert RetryPolicy(jitter=lambda: 0).after_request(running(), -SECOND) == 0 * SECOND


@pytest.mark.parametrize("part", [0.0, 0.25, 1.0])
def test_jitter_takes_a_part_of_the_wait(part: float) -> None:
    policy = RetryPolicy(jitter=lambda: part)

    assert policy.after_failure(running(failures=2)) == 4 * SECOND * part


def test_jitter_keeps_between_nothing_and_the_whole_wait() -> None:
    policy = RetryPolicy(jitter=random.Random(7).random)

    waits = [policy.after_failure(running(failures=3)) or SECOND for _ in range(500)]

    assert timedelta(0) <= min(waits) < SECOND
    assert 7 * SECOND < max(waits) <= 8 * SECOND


def test_two_orders_that_went_down_together_do_not_come_back_together() -> None:
    policy = RetryPolicy()

    waits = {policy.after_crash(running(crashes=5)) for _ in range(20)}

    assert len(waits) > 1


@pytest.mark.parametrize(("failures", "gives_up"), [(1, False), (2, True), (3, True)])
def test_it_gives_up_after_the_last_attempt(failures: int, gives_up: bool) -> None:
    policy = RetryPolicy(max_attempts=3)

    assert (policy.after_failure(running(failures=failures)) is None) is gives_up


@pytest.mark.parametrize(("crashes", "gives_up"), [(1, False), (2, True), (3, True)])
def test_it_gives_up_after_the_last_crash(crashes: int, gives_up: bool) -> None:
    policy = RetryPolicy(max_crashes=3)

    assert (policy.after_crash(running(crashes=crashes)) is None) is gives_up


def test_a_single_attempt_may_be_all_there_is() -> None:
    assert RetryPolicy(max_attempts=1).after_failure(running()) is None


def test_a_single_crash_may_be_all_there_is() -> None:
    assert RetryPolicy(max_crashes=1).after_crash(running()) is None


def test_the_bounds_are_the_documented_ones_unless_told_otherwise() -> None:
    assert (RetryPolicy().max_attempts, RetryPolicy().max_crashes) == (5, 20)
