"""Flow: a pause and limits, and how many orders they let start."""

import math
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidLimit
from domain.events import Actor, Role
from domain.flow import Flow
from domain.limits import NO_LIMITS, Limits
from tests.harness.builders import START

SECOND = timedelta(seconds=1)
ALICE, BOB = Actor(Role.OPERATOR, "alice"), Actor(Role.OPERATOR, "bob")


def test_at_first_nothing_is_held_back() -> None:
    assert not Flow().is_restricted
    assert Flow().room(1_000, processing=10**9, now=START) == 1_000


def test_while_it_is_paused_there_is_no_room() -> None:
    paused = Flow().pause(START, ALICE, "stocktaking")

    assert paused.is_restricted
    assert paused.room(5, processing=0, now=START) == 0
    assert (paused.paused_at, paused.paused_by, paused.pause_reason) == (
        START,
        ALICE,
        "stocktaking",
    )


def test_of_two_pauses_the_first_one_stays() -> None:
    paused = Flow().pause(START, ALICE, "stocktaking")

    assert paused.pause(START + SECOND, BOB, None) == paused


def test_resuming_ends_the_pause_and_leaves_the_limits() -> None:
    limited = Flow().limit(Limits(at_once=5))

    assert limited.pause(START, ALICE, "why").resume() == limited
    assert Flow().resume() == Flow()


@pytest.mark.parametrize(("processing", "room"), [(0, 3), (1, 2), (3, 0), (4, 0)])
def test_no_more_start_than_may_run_at_once(processing: int, room: int) -> None:
    assert Flow().limit(Limits(at_once=3)).room(10, processing, START) == room


def test_a_rate_lets_through_what_a_second_has_not_used() -> None:
    flow = Flow().limit(Limits(rate_per_second=4))

    assert flow.room(10, 0, START) == 4
    flow = flow.after_starts(4, START)
    assert flow.room(10, 0, START) == 0
    assert flow.room(10, 0, START + SECOND / 2) == 2
    assert flow.room(1, 0, START + SECOND / 2) == 1
    assert flow.room(10, 0, START + 100 * SECOND) == 4


def test_a_rate_below_one_lets_one_order_through_at_a_time() -> None:
    flow = Flow().limit(Limits(rate_per_second=0.1))

    assert flow.room(10, 0, START) == 1
    flow = flow.after_starts(1, START)
    assert flow.room(10, 0, START + 9 * SECOND) == 0
    assert flow.room(10, 0, START + 10 * SECOND) == 1


@given(
    rate=st.integers(1, 10**7).map(lambda thousandths: thousandths / 1_000),
    steps=st.lists(st.integers(0, 2_000_000), max_size=40),  # microseconds
)
def test_never_more_start_than_the_rate_and_one_burst(rate: float, steps: list[int]) -> None:
    flow, now, started = Flow().limit(Limits(rate_per_second=rate)), START, 0
    for step in steps:
        now += timedelta(microseconds=step)
        room = flow.room(10**9, 0, now)
        flow, started = flow.after_starts(room, now), started + room

    burst = max(1.0, rate)
    # Each time is rounded to a microsecond.
    assert started <= rate * (now - START).total_seconds() + burst + len(steps) * rate * 1e-6 + 1e-3


def test_the_whole_rate_is_used_when_orders_wait() -> None:
    flow, now, started = Flow().limit(Limits(rate_per_second=7)), START, 0
    for _ in range(600):
        room = flow.room(100, 0, now)
        flow, started, now = flow.after_starts(room, now), started + room, now + SECOND / 10

    assert math.isclose(started, 7 * 60, abs_tol=8)


def test_a_clock_that_was_a_day_ahead_stops_nothing() -> None:
    flow = Flow().limit(Limits(rate_per_second=2)).after_starts(2, START + timedelta(days=1))

    assert flow.room(5, 0, START) == 0  # the burst is used, as far as is known
    flow = flow.after_starts(0, START)
    assert flow.room(5, 0, START + SECOND) == 2


@pytest.mark.parametrize("rate", [0, -1, math.nan, math.inf, 1_000_001, Decimal("0.0005")])
def test_a_rate_out_of_range_is_refused(rate: float) -> None:
    with pytest.raises(InvalidLimit, match=r"rate_per_second: must be from 0\.001 to 1000000"):
        Flow().limit(Limits(rate_per_second=rate))


def test_a_rate_has_three_decimals_at_most() -> None:
    assert Flow().limit(Limits(rate_per_second=0.125)).limits.rate_per_second == 0.125
    with pytest.raises(InvalidLimit, match="at most 3 decimals"):
        Flow().limit(Limits(rate_per_second=1.00005))


@pytest.mark.parametrize("at_once", [0, -1, 1_000_001])
def test_a_number_at_once_out_of_range_is_refused(at_once: int) -> None:
    with pytest.raises(InvalidLimit, match="at_once: must be from 1 to 1000000"):
        Flow().limit(Limits(at_once=at_once))


def test_new_limits_take_the_place_of_those_before() -> None:
    assert Flow().limit(Limits(rate_per_second=5, at_once=6)).limit(
        Limits(at_once=7)
    ) == Flow().limit(Limits(at_once=7))
    assert Flow().limit(Limits(rate_per_second=5, at_once=6)).limit(NO_LIMITS) == Flow()
