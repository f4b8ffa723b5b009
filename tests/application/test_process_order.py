"""ProcessOrder: what becomes of an order, by what its processor says."""

from datetime import timedelta

import pytest

from adapters.processors.function import FunctionProcessor
from adapters.processors.scripted import ScriptedProcessor
from application.ports import OrderProcessor, OrderRejected, RetryLater
from domain.order import Order
from domain.retry_policy import RetryPolicy
from domain.transitions import EventKind, OrderStatus
from tests.application.stories import (
    CAP_SECONDS,
    LEASE_SECONDS,
    history,
    place,
    stored,
    vanish_while_processing,
)
from tests.conftest import World
from tests.harness.builders import LEASE, START

CREATED, STARTED, COMPLETED = EventKind.CREATED, EventKind.STARTED, EventKind.COMPLETED


def process_with(world: World, processor: OrderProcessor) -> Order:
    """Place an order, process it once, and return what became of it."""
    world.process_with(processor)
    place(world)
    world.work()
    return stored(world)


def work_until_it_ends(world: World) -> Order:
    """Let time pass until no more back-off is to be waited for."""
    for _ in range(30):
        world.clock.advance(seconds=CAP_SECONDS)
        world.sweep()
        world.work()
    return stored(world)


def test_an_order_is_started_and_completed(world: World) -> None:
    process_with(world, ScriptedProcessor())

    assert history(world) == [CREATED, STARTED, COMPLETED]


def test_work_is_timed_by_the_clock(world: World) -> None:
    place(world)
    world.clock.advance(seconds=3)
    world.work()

    order = stored(world)
    assert (order.pending_duration, order.processing_duration) == (
        timedelta(seconds=3),
        timedelta(seconds=5.011218),
    )


def test_the_processor_sees_the_attempt_that_is_stored_for_this_process(world: World) -> None:
    seen: list[tuple[Order, Order]] = []
    processor = FunctionProcessor(lambda order: seen.append((order, stored(world))))

    process_with(world, processor)

    order, was_stored = seen[0]
    assert order == was_stored
    assert (order.attempt, order.owner, order.due_at) == (1, world.container.owner(), START + LEASE)


def test_an_order_is_held_while_it_is_worked_on(world: World) -> None:
    held: list[Order] = []
    processor = FunctionProcessor(lambda order: held.extend(world.container.held_orders().all()))

    process_with(world, processor)

    assert [(order.order_id, order.attempt) for order in held] == [("ORD003", 1)]


def test_nothing_is_held_once_the_outcome_is_recorded(world: World) -> None:
    process_with(world, ScriptedProcessor())

    assert world.container.held_orders().all() == []


def test_a_worker_that_vanishes_holds_nothing_and_records_nothing(world: World) -> None:
    place(world)
    vanish_while_processing(world)

    assert world.container.held_orders().all() == []
    assert history(world) == [CREATED, STARTED]


def test_a_failed_attempt_is_counted_with_its_reason(world: World) -> None:
    order = process_with(world, ScriptedProcessor(ValueError("no stock")))

    facts = order.status, order.failures, order.reason
    assert facts == (OrderStatus.PENDING, 1, "ValueError\nno stock")


def test_a_failed_attempt_is_logged_with_its_traceback(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    process_with(world, ScriptedProcessor(ValueError("no stock")))

    assert caplog.messages == ["order ORD003: attempt 1 failed"]
    assert "Traceback" in caplog.text


def test_an_order_is_held_no_longer_when_what_became_of_it_cannot_be_worked_out(
    world: World,
) -> None:
    world.container.retry_policy.override(RetryPolicy(jitter=iter(()).__next__))

    with pytest.raises(StopIteration):
        process_with(world, ScriptedProcessor(ValueError("no stock")))

    assert world.container.held_orders().all() == []


def test_a_failed_attempt_waits_for_its_back_off(world: World) -> None:
    world.container.retry_policy.override(
        RetryPolicy(base=timedelta(seconds=8), jitter=lambda: 0.5)
    )

    order = process_with(world, ScriptedProcessor(ValueError("no stock")))

    assert order.due_at == START + timedelta(seconds=4)


def test_a_failed_order_is_tried_again_and_may_succeed(world: World) -> None:
    process_with(world, ScriptedProcessor(ValueError("no stock"), TimeoutError("slow")))

    order = work_until_it_ends(world)

    assert (order.status, order.attempt, order.failures) == (OrderStatus.COMPLETED, 3, 2)


@pytest.mark.parametrize("max_attempts", [1, 3])
def test_an_order_fails_after_its_last_attempt(max_attempts: int) -> None:
    world = World(max_attempts=str(max_attempts))
    process_with(world, ScriptedProcessor(*[ValueError("no stock")] * 9))

    order = work_until_it_ends(world)

    facts = order.status, order.attempt, order.failures, order.reason
    assert facts == (OrderStatus.FAILED, max_attempts, max_attempts, "ValueError\nno stock")


def test_a_rejected_order_fails_at_once(world: World) -> None:
    order = process_with(world, ScriptedProcessor(OrderRejected("no such item")))

    facts = order.status, order.attempt, order.reason
    assert facts == (OrderStatus.FAILED, 1, "no such item")


def test_retry_later_is_no_failure(world: World) -> None:
    later = RetryLater("closed for lunch", timedelta(seconds=30))

    order = process_with(world, ScriptedProcessor(later))

    facts = order.status, order.failures, order.crashes, order.reason
    assert facts == (OrderStatus.PENDING, 0, 0, "closed for lunch")


@pytest.mark.parametrize(("asked", "given"), [(30, 30), (60, 60), (61, 60), (86_400, 60)])
def test_retry_later_waits_as_long_as_asked_up_to_the_cap(
    world: World, asked: int, given: int
) -> None:
    later = RetryLater("closed for lunch", timedelta(seconds=asked))

    order = process_with(world, ScriptedProcessor(later))

    assert order.due_at == START + timedelta(seconds=given)


def test_retry_later_may_be_said_more_often_than_there_are_attempts() -> None:
    world = World(max_attempts="2")
    later = RetryLater("closed for lunch", timedelta(seconds=30))
    process_with(world, ScriptedProcessor(*[later] * 9))

    assert work_until_it_ends(world).status is OrderStatus.COMPLETED


def test_who_says_in_a_second_for_an_hour_is_asked_a_few_times_a_minute(world: World) -> None:
    closed = ScriptedProcessor(*[RetryLater("closed", timedelta(seconds=1))] * 3_600)
    process_with(world, closed)

    for _ in range(3_600):
        world.clock.advance(seconds=1)
        world.sweep()
        world.work()

    assert 3_600 / CAP_SECONDS < len(closed.processed) < 250


def test_an_outcome_is_dated_by_the_end_of_the_work(world: World) -> None:
    def fail_slowly(order: Order) -> None:
        world.clock.advance(seconds=LEASE_SECONDS - 1)
        raise RetryLater("closed for lunch", timedelta(seconds=30))

    order = process_with(world, FunctionProcessor(fail_slowly))

    assert order.due_at == START + timedelta(seconds=LEASE_SECONDS - 1 + 30)


def test_one_failing_order_does_not_keep_the_next_one_from_its_turn(world: World) -> None:
    world.process_with(ScriptedProcessor(ValueError("no stock")))
    place(world, "A")
    place(world, "B")

    world.work()

    assert stored(world, "B").status is OrderStatus.COMPLETED
