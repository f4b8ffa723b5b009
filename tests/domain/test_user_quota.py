"""UserQuota: which orders the limits of each user let start, and when the others are looked at."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.limits import Limits
from domain.order import Order
from domain.user_quota import LONGEST, SHORTEST, UserQuota
from tests.harness.builders import START, an_order

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
LATEST = START + timedelta(hours=1)


def orders_of(*users: int) -> list[Order]:
    return [an_order(f"o{number}", user_id=user) for number, user in enumerate(users)]


def ids(orders: list[Order]) -> list[str]:
    return [order.order_id for order in orders]


def waits(quota: UserQuota, *users: int) -> list[float]:
    """Of these orders, for which there is no room, in seconds."""
    to_wait = quota.choose(orders_of(*users), room=100, latest=LATEST).to_wait
    assert len(to_wait) == len(users)
    return [(later - START).total_seconds() for _, later in to_wait]


def test_a_user_who_has_enough_in_processing_waits_and_others_go_on() -> None:
    quota = UserQuota(Limits(at_once=2), {1: 1, 2: 2}, {}, START)

    chosen = quota.choose(orders_of(1, 1, 2, 3, 1), room=10, latest=LATEST)

    assert ids(chosen.to_start) == ["o0", "o3"]
    assert ids([order for order, _ in chosen.to_wait]) == ["o1", "o2", "o4"]
    assert chosen.left == []


def test_a_rate_is_one_for_each_user() -> None:
    quota = UserQuota(Limits(rate_per_second=2), {}, {}, START)

    chosen = quota.choose(orders_of(1, 1, 1, 2, 2, 2), room=10, latest=LATEST)

    assert ids(chosen.to_start) == ["o0", "o1", "o3", "o4"]
    assert quota.used == {1: START, 2: START}


def test_what_a_user_has_used_lately_counts() -> None:
    limits = Limits(rate_per_second=1)
    used = {1: START, 2: START - SECOND / 2, 3: START - SECOND}

    chosen = UserQuota(limits, {}, used, START).choose(orders_of(1, 2, 3), 10, LATEST)

    assert ids(chosen.to_start) == ["o2"]


def test_what_comes_after_the_room_is_used_up_is_left_as_it_is() -> None:
    quota = UserQuota(Limits(at_once=1), {1: 1}, {}, START)

    chosen = quota.choose(orders_of(1, 2, 1, 3), room=1, latest=LATEST)

    assert ids(chosen.to_start) == ["o1"]
    assert ids([order for order, _ in chosen.to_wait]) == ["o0"]
    assert ids(chosen.left) == ["o2", "o3"]


def test_those_that_wait_for_a_rate_are_due_when_it_lets_them_start() -> None:
    one_a_second = UserQuota(Limits(rate_per_second=1), {}, {1: START, 2: START}, START)
    one_in_ten = UserQuota(Limits(rate_per_second=0.1), {}, {1: START - 4 * SECOND}, START)

    assert waits(one_a_second, 1, 1, 2, 1) == [1, 2, 1, 3]
    assert waits(one_in_ten, 1, 1) == [6, 16]


def test_those_that_wait_for_others_to_end_are_looked_at_one_after_another() -> None:
    quota = UserQuota(Limits(at_once=1), {1: 1}, {}, START)

    assert waits(quota, *[1] * 13) == [0.1, *(n / 10 for n in range(1, 11)), 1.5, 1.5]


def test_a_line_that_has_waited_for_long_is_looked_at_less_often() -> None:
    quota = UserQuota(Limits(at_once=20), {1: 20, 2: 20}, {}, START)
    line = [an_order(f"o{n}", user_id=1, now=START - 40 * SECOND) for n in range(60)]
    scheduled = an_order("s", user_id=2, now=START - DAY, not_before=START - 60 * SECOND)

    to_wait = quota.choose([*line, scheduled], room=99, latest=LATEST).to_wait

    waits = [(later - START) / SECOND for _, later in to_wait]
    assert waits[:4] == [0.2, 0.4, 0.6, 0.8]
    assert waits[48:60] == [10] * 12
    assert waits[60] == 0.3


def test_nobody_waits_for_longer_than_the_longest_look_or_the_latest_time() -> None:
    quota = UserQuota(Limits(rate_per_second=0.001), {}, {1: START}, START)

    assert waits(quota, 1, 1) == [LONGEST.total_seconds()] * 2

    soon = START + 7 * SECOND
    ((_, later),) = quota.choose(orders_of(1), room=1, latest=soon).to_wait
    assert later == soon


@pytest.mark.parametrize("limits", [Limits(), Limits(at_once=5), Limits(rate_per_second=0.5)])
def test_a_user_of_whom_nothing_is_known_is_admitted(limits: Limits) -> None:
    assert UserQuota(limits, {}, {}, START).admits(1)


@given(
    users=st.lists(st.integers(1, 4), max_size=60),
    processing=st.dictionaries(st.integers(1, 4), st.integers(0, 5)),
    used=st.dictionaries(st.integers(1, 4), st.integers(-3_000, 3_000)),
    at_once=st.none() | st.integers(1, 5),
    rate=st.none() | st.integers(100, 9_000).map(lambda thousandths: thousandths / 1_000),
    room=st.integers(0, 20),
)
def test_every_order_is_chosen_once_and_no_user_has_more_than_the_limits(
    users: list[int],
    processing: dict[int, int],
    used: dict[int, int],
    at_once: int | None,
    rate: float | None,
    room: int,
) -> None:
    limits = Limits(at_once=at_once, rate_per_second=rate)
    used_until = {user: START + timedelta(milliseconds=ms) for user, ms in used.items()}
    due = orders_of(*users)

    to_start, to_wait, left = UserQuota(limits, processing, used_until, START).choose(
        due, room, LATEST
    )

    waiting = [order for order, _ in to_wait]
    assert sorted(ids(to_start + waiting + left)) == sorted(ids(due))
    assert len(to_start) <= room
    assert len(to_start) == room or not left
    for user, started in Counter(order.user_id for order in to_start).items():
        assert started <= limits.room(
            10**9, processing.get(user, 0), used_until.get(user, START - 100 * SECOND), START
        )
    for user in set(users):
        looks: list[datetime] = [later for order, later in to_wait if order.user_id == user]
        assert looks == sorted(looks)
        assert all(START + SHORTEST <= later <= START + LONGEST for later in looks)
