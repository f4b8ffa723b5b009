"""An order that was accepted elsewhere: nobody holds it until its callback or its deadline."""

from datetime import timedelta

import pytest

from adapters.processors.function import FunctionProcessor
from application.orders.report_result import Result
from application.ports import Accepted
from application.processing.outcomes import LONGEST_CALLBACK
from domain.errors import IllegalTransition, InvalidOrder, OrderNotFound, StaleAttempt
from domain.order import Order
from domain.transitions import EventKind, OrderStatus
from tests.application.stories import (
    CAP_SECONDS,
    LEASE_SECONDS,
    a_neighbour_of,
    history,
    place,
    stored,
    sweep_for,
)
from tests.conftest import World
from tests.harness.builders import START

CALLBACK_SECONDS = 100
PARKED = [EventKind.CREATED, EventKind.STARTED, EventKind.PARKED]


def accept(world: World, within: timedelta | None = None) -> Order:
    """An order whose processor has found somebody who goes on with it."""
    world.process_with(FunctionProcessor(lambda _: Accepted(within)))
    place(world)
    world.work()
    return stored(world)


@pytest.fixture
def world() -> World:
    return World(callback_seconds=str(CALLBACK_SECONDS)).begin_to_sweep()


def report(
    world: World, *, attempt: int = 1, reason: str | None = None, retry: bool = False
) -> Order:
    """Completed, or failed when there is a reason."""
    return world.container.report_result()(
        Result(
            order_id="ORD003",
            attempt=attempt,
            is_completed=reason is None,
            reason=reason,
            may_retry=retry,
        )
    )


def test_an_accepted_order_is_held_by_nobody(world: World) -> None:
    order = accept(world)

    assert (order.status, order.is_parked) == (OrderStatus.PROCESSING, True)
    assert len(world.container.held_orders()) == 0
    assert history(world) == PARKED


@pytest.mark.parametrize(
    ("within", "seconds"),
    [
        (None, CALLBACK_SECONDS),
        (timedelta(seconds=7), 7),
        (timedelta(seconds=-1), 0),
        (timedelta.max, LONGEST_CALLBACK.total_seconds()),
    ],
)
def test_a_callback_has_the_time_that_its_processor_gives(
    world: World, within: timedelta | None, seconds: float
) -> None:
    assert accept(world, within).due_at == START + timedelta(seconds=seconds)


def test_what_a_processor_gives_must_have_a_unit() -> None:
    with pytest.raises(TypeError, match="Accepted: within must be a timedelta, not 60"):
        Accepted(60)  # type: ignore[arg-type]  # what a user may write


def test_a_parked_order_waits_for_its_callback_without_a_heartbeat(world: World) -> None:
    parked = accept(world)

    sweep_for(CALLBACK_SECONDS - 1, world, a_neighbour_of(world))

    assert stored(world) == parked
    assert CALLBACK_SECONDS > 2 * LEASE_SECONDS


def test_without_a_callback_in_time_the_attempt_has_failed(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    accept(world)

    sweep_for(CALLBACK_SECONDS, world)

    order = stored(world)
    assert (order.failures, order.crashes, order.reason) == (1, 0, "no callback in time")
    assert history(world)[3:] == [EventKind.ATTEMPT_FAILED]
    assert "order ORD003: attempt 1 had no callback in time; now Pending" in caplog.messages


def test_an_order_without_a_callback_again_and_again_fails() -> None:
    world = World(callback_seconds=str(CALLBACK_SECONDS), max_attempts="3").begin_to_sweep()
    accept(world)

    for _ in range(3):
        sweep_for(CALLBACK_SECONDS + CAP_SECONDS, world)
        world.work()

    order = stored(world)
    assert (order.status, order.attempt) == (OrderStatus.FAILED, 3)
    assert order.reason == "no callback in time"


def test_a_callback_completes_the_order(world: World) -> None:
    accept(world)
    world.clock.advance(seconds=50)

    order = report(world)

    assert order == stored(world)
    assert order.processing_duration == timedelta(seconds=50)
    assert history(world) == [*PARKED, EventKind.COMPLETED]


def test_a_callback_that_comes_before_the_order_is_parked_counts(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    def report_at_once(_: Order) -> Accepted:
        report(world)
        return Accepted()

    world.process_with(FunctionProcessor(report_at_once))
    place(world)
    world.work()

    assert history(world) == [EventKind.CREATED, EventKind.STARTED, EventKind.COMPLETED]
    assert len(world.container.held_orders()) == 0


def test_a_failure_is_final_with_its_reason(world: World) -> None:
    accept(world)

    report(world, reason="the parcel was lost")

    order = stored(world)
    assert (order.status, order.failures) == (OrderStatus.FAILED, 1)
    assert order.public_reason == "the parcel was lost"


def test_a_failure_that_may_go_better_is_followed_by_another_attempt(world: World) -> None:
    accept(world)

    report(world, reason="no courier", retry=True)
    sweep_for(CAP_SECONDS, world)
    world.work()

    order = stored(world)
    assert (order.attempt, order.failures, order.is_parked) == (2, 1, True)


def test_the_last_failure_is_final(world: World) -> None:
    world = World(max_attempts="1").begin_to_sweep()
    accept(world)

    assert report(world, reason="no courier", retry=True).status is OrderStatus.FAILED


@pytest.mark.parametrize("result", [{}, {"reason": "lost"}, {"reason": "lost", "retry": True}])
def test_a_callback_is_safe_to_repeat(world: World, result: dict[str, object]) -> None:
    accept(world)

    once = report(world, **result)  # type: ignore[arg-type]  # as written above
    again = report(world, **result)  # type: ignore[arg-type]

    assert once == again == stored(world)


def test_a_callback_of_an_earlier_attempt_changes_nothing(world: World) -> None:
    accept(world)
    sweep_for(CALLBACK_SECONDS + CAP_SECONDS, world)
    world.work()
    second = stored(world)

    with pytest.raises(StaleAttempt, match="is at attempt 2, and not at 1"):
        report(world, attempt=1)

    assert stored(world) == second


@pytest.mark.parametrize(("first", "then"), [(None, "lost"), ("lost", None)])
def test_who_says_otherwise_later_is_refused(
    world: World, first: str | None, then: str | None
) -> None:
    accept(world)
    ended = report(world, reason=first)

    with pytest.raises(IllegalTransition):
        report(world, reason=then)

    assert stored(world) == ended


@pytest.mark.parametrize("reason", [None, "lost"])
def test_a_callback_that_comes_after_the_deadline_is_refused(
    world: World, reason: str | None
) -> None:
    accept(world)
    sweep_for(CALLBACK_SECONDS, world)
    waiting = stored(world)

    with pytest.raises(IllegalTransition, match="is Pending"):
        report(world, reason=reason)

    assert stored(world) == waiting


def test_a_failure_needs_a_reason(world: World) -> None:
    accept(world)

    with pytest.raises(InvalidOrder, match="reason: say why"):
        world.container.report_result()(Result(order_id="ORD003", attempt=1, is_completed=False))


def test_an_unknown_order_is_not_found(world: World) -> None:
    with pytest.raises(OrderNotFound):
        report(world)


def test_a_stop_leaves_what_is_parked_as_it_is(world: World) -> None:
    parked = accept(world)

    world.container.release_orders()()

    assert stored(world) == parked
