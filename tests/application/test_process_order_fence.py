"""ProcessOrder: old hints and late workers change nothing."""

import pytest

from adapters.processors.function import FunctionProcessor
from adapters.processors.scripted import ScriptedProcessor
from application.ports import RepositoryUnavailable
from domain.order import Order
from domain.transitions import EventKind, OrderStatus
from tests.application.repositories import DOWN, FailingRepository
from tests.application.stories import (
    LEASE_SECONDS,
    a_neighbour_of,
    a_process,
    history,
    place,
    stored,
    sweep_for,
)
from tests.conftest import World
from tests.harness.one_at_a_time import process

DONE = [EventKind.CREATED, EventKind.STARTED, EventKind.COMPLETED]
TAKEN_OVER = [EventKind.CREATED, EventKind.STARTED, EventKind.EXPIRED]


def taken_over_by(neighbour: World) -> None:
    """The lease passes without a beat, and another process expires the order."""
    neighbour.sweep()
    sweep_for(LEASE_SECONDS, neighbour)


def test_a_hint_that_is_repeated_does_nothing(world: World) -> None:
    hint = place(world)
    world.work()

    process(world.container, hint)

    assert history(world) == DONE


def test_a_hint_that_is_repeated_while_the_order_is_worked_on_does_nothing(world: World) -> None:
    neighbour = a_neighbour_of(world)
    hint = place(world)
    world.process_with(FunctionProcessor(lambda order: process(neighbour.container, hint)))

    world.work()

    assert history(world) == DONE


def test_a_stale_hint_is_never_shown_to_the_processor(world: World) -> None:
    processor = ScriptedProcessor()
    world.process_with(processor)
    hint = place(world)
    world.work()

    process(world.container, hint)

    assert len(processor.processed) == 1


def test_a_stale_hint_does_not_skip_a_back_off(world: World) -> None:
    world.process_with(ScriptedProcessor(ValueError("no stock")))
    hint = place(world)
    world.work()
    waiting = stored(world)

    process(world.container, hint)

    assert stored(world) == waiting


def test_a_hint_to_a_cancelled_order_does_nothing(world: World) -> None:
    hint = place(world)
    world.repository.update([hint.cancel(world.clock.now())])

    world.work()

    assert stored(world).status is OrderStatus.CANCELLED


def test_a_stale_hint_leaves_what_is_held_alone(world: World) -> None:
    hint = place(world)
    held_afterwards: list[bool] = []

    def follow_the_hint_again(order: Order) -> None:
        process(world.container, hint)
        held_afterwards.append(world.container.held_orders().holds(order))

    world.process_with(FunctionProcessor(follow_the_hint_again))
    world.work()

    assert held_afterwards == [True]


def test_a_start_that_cannot_be_stored_is_raised_and_burns_no_attempt() -> None:
    repository = FailingRepository()
    world = a_process(repository)
    hint = place(world)
    repository.plan["update"].append(DOWN)

    with pytest.raises(RepositoryUnavailable):
        world.work()

    assert stored(world) == hint
    assert world.container.held_orders().all() == []


def test_a_late_worker_changes_nothing(world: World) -> None:
    neighbour = a_neighbour_of(world)
    world.process_with(FunctionProcessor(lambda order: taken_over_by(neighbour)))
    place(world)

    world.work()

    assert history(world) == TAKEN_OVER


def test_a_late_worker_changes_nothing_of_the_next_attempt(world: World) -> None:
    neighbour = a_neighbour_of(world)
    seen: list[Order] = []

    def watch_the_late_worker(second: Order) -> None:
        first = seen[0]
        assert world.repository.update([first.complete(world.clock.now())]) == [False]

    def be_late(first: Order) -> None:
        seen.append(first)
        taken_over_by(neighbour)
        neighbour.work()

    world.process_with(FunctionProcessor(be_late))
    neighbour.process_with(FunctionProcessor(watch_the_late_worker))
    place(world)

    world.work()

    assert history(world) == [*TAKEN_OVER, EventKind.STARTED, EventKind.COMPLETED]


def test_a_late_failure_counts_as_nothing(world: World) -> None:
    neighbour = a_neighbour_of(world)

    def fail_too_late(order: Order) -> None:
        taken_over_by(neighbour)
        raise ValueError("no stock")

    world.process_with(FunctionProcessor(fail_too_late))
    place(world)

    world.work()

    assert (stored(world).failures, stored(world).crashes) == (0, 1)


@pytest.mark.parametrize("late", [False, True])
def test_only_a_late_worker_is_logged_as_taken_over(
    world: World, caplog: pytest.LogCaptureFixture, late: bool
) -> None:
    neighbour = a_neighbour_of(world)
    world.process_with(FunctionProcessor(lambda order: taken_over_by(neighbour) if late else None))
    place(world)

    world.work()

    assert ("order ORD003 is no longer held here; attempt 1 dropped" in caplog.text) is late
