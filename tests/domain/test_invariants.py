"""Whatever is called and whatever the clock says, an order keeps its promises."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.change import Change
from domain.errors import IllegalTransition
from domain.events import OrderEvent
from domain.order import Order
from domain.totals import Totals
from domain.transitions import EventKind, OrderStatus
from tests.harness.builders import LEASE, START, an_order, leads

Step = Callable[[Order, datetime], Change]

WAIT = timedelta(seconds=2)
START_IT: Step = lambda order, now: order.start(now, LEASE, "worker-1")  # noqa: E731
STEPS: tuple[Step, ...] = (
    START_IT,
    START_IT,
    START_IT,  # often, or most lives would be over before they began
    lambda order, now: order.complete(now),
    lambda order, now: order.fail(now, "no stock", WAIT),
    lambda order, now: order.fail(now, "no stock", None),
    lambda order, now: order.release(now, WAIT),
    lambda order, now: order.expire(now, WAIT),
    lambda order, now: order.expire(now, None),
    lambda order, now: order.cancel(now),
    lambda order, now: order.retry(now),
    lambda order, now: order.park(now, now + WAIT),
    lambda order, now: order.hold(now),
    lambda order, now: order.unhold(now),
)
clock_readings = st.timedeltas(timedelta(days=-3), timedelta(days=3)).map(START.__add__)


@dataclass(frozen=True)
class Life:
    """Every version of one order, the first one first, and what its history says."""

    orders: list[Order]
    history: list[OrderEvent]


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """An order that any methods were called on, at whatever readings of the clock."""
    order = an_order(now=draw(clock_readings))
    life = Life([order], [order.creation()])
    for step, now in draw(st.lists(st.tuples(st.sampled_from(STEPS), clock_readings))):
        with suppress(IllegalTransition):
            change = step(order, now)
            order = change.new
            life.orders.append(change.new)
            life.history.append(change.event)
    return life


many = settings(max_examples=50, deadline=None)  # a busy machine is no reason to fail


@many
@given(lives())
def test_an_order_is_created_then_started_then_ended(life: Life) -> None:
    for order in life.orders:
        times = [order.created_at, order.processing_started_at, order.ended_at]
        known = [time for time in times if time is not None]
        assert known == sorted(known)


@many
@given(lives())
def test_no_duration_is_negative(life: Life) -> None:
    for order in life.orders:
        for duration in (order.pending_duration, order.processing_duration, order.total_duration):
            assert duration is None or duration >= timedelta(0)


@many
@given(lives())
def test_the_history_never_goes_back_in_time(life: Life) -> None:
    times = [event.at for event in life.history]

    assert times == sorted(times)


@many
@given(lives())
def test_the_lines_of_the_history_are_numbered_without_a_gap(life: Life) -> None:
    assert [event.seq for event in life.history] == list(range(1, len(life.orders) + 1))


@many
@given(lives())
def test_the_status_is_the_fold_of_the_history(life: Life) -> None:
    status = OrderStatus.PENDING
    for event in life.history[1:]:
        assert leads(status, event.status)
        status = event.status

    assert life.orders[-1].status is status


@many
@given(lives())
def test_an_order_is_completed_at_most_once(life: Life) -> None:
    assert [event.kind for event in life.history].count(EventKind.COMPLETED) <= 1


@many
@given(lives())
def test_completed_and_cancelled_are_never_left(life: Life) -> None:
    left = {order.status for order in life.orders[:-1]}

    assert left.isdisjoint({OrderStatus.COMPLETED, OrderStatus.CANCELLED})


@many
@given(lives())
def test_only_a_start_counts_an_attempt(life: Life) -> None:
    attempt = 0
    for event in life.history:
        attempt += event.kind is EventKind.STARTED
        assert event.attempt == attempt


@many
@given(lives())
def test_every_step_leads_to_another_version(life: Life) -> None:
    versions = [order.seq for order in life.orders]

    assert len(set(versions)) == len(versions)


@many
@given(lives())
def test_an_order_is_due_at_some_time_until_it_has_ended_unless_it_is_held(life: Life) -> None:
    ends = {OrderStatus.COMPLETED, OrderStatus.FAILED, OrderStatus.CANCELLED}
    for order in life.orders:
        ended = order.status in ends
        assert (order.due_at is None) == (ended or order.is_held)
        assert (order.ended_at is not None) == ended


@many
@given(lives())
def test_an_order_has_a_holder_while_somebody_works_on_it_and_only_then(
    life: Life,
) -> None:
    for order, event in zip(life.orders, life.history, strict=True):
        is_held = order.status is OrderStatus.PROCESSING and event.kind is not EventKind.PARKED
        assert (order.owner is not None) == is_held


@many
@given(st.lists(lives(), max_size=4))
def test_the_sum_of_the_changes_is_a_recount(all_lives: list[Life]) -> None:
    changes = [
        (old, new)
        for life in all_lives
        for old, new in pairwise([None, *life.orders])
        if new is not None
    ]

    recount = Totals.of((None, life.orders[-1]) for life in all_lives)

    assert Totals.of(changes) == recount


@many
@given(lives())
def test_each_failure_and_each_crash_is_of_an_attempt_before_the_present_one(life: Life) -> None:
    for order in life.orders:
        ended = order.attempt - (order.status is OrderStatus.PROCESSING)
        assert order.failures + order.crashes <= ended
