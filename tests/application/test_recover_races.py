"""RecoverOrders: what happens between a sweep's reading and its writing."""

import pytest

from adapters.processors.function import FunctionProcessor
from application.ports import RepositoryUnavailable
from domain.order import Order
from domain.transitions import EventKind, OrderStatus
from tests.application.repositories import DOWN, FailingRepository, InterruptedRepository
from tests.application.stories import (
    LEASE_SECONDS,
    a_neighbour_of,
    a_process,
    history,
    place,
    stored,
    sweep_for,
    vanish_while_processing,
)
from tests.harness.builders import START

SILENT = [EventKind.CREATED, EventKind.STARTED, EventKind.EXPIRED]
DONE = [EventKind.CREATED, EventKind.STARTED, EventKind.COMPLETED]


def test_a_heartbeat_between_reading_and_writing_wins() -> None:
    repository = InterruptedRepository(OrderStatus.PROCESSING)
    world = a_process(repository)
    neighbour = a_neighbour_of(world)

    def beat_at_the_last_moment(order: Order) -> None:
        sweep_for(LEASE_SECONDS - 1, neighbour)
        world.clock.advance(seconds=1)
        repository.meanwhile = world.beat
        neighbour.sweep()

    world.process_with(FunctionProcessor(beat_at_the_last_moment))
    place(world)
    world.work()

    assert history(world) == DONE


def test_an_outcome_between_reading_and_writing_wins() -> None:
    repository = InterruptedRepository(OrderStatus.PROCESSING)
    world = a_process(repository)
    neighbour = a_neighbour_of(world)
    place(world)
    vanish_while_processing(world)
    started = stored(world)
    sweep_for(LEASE_SECONDS - 1, neighbour)
    world.clock.advance(seconds=1)

    def record_at_the_last_moment() -> None:
        repository.update([started.complete(START)])

    repository.meanwhile = record_at_the_last_moment
    neighbour.sweep()

    assert history(world) == DONE


def test_two_sweepers_count_one_crash_once() -> None:
    repository = InterruptedRepository(OrderStatus.PROCESSING)
    world = a_process(repository)
    place(world)
    vanish_while_processing(world)
    one, other = a_neighbour_of(world), a_neighbour_of(world)
    sweep_for(LEASE_SECONDS - 1, one, other)
    world.clock.advance(seconds=1)
    repository.meanwhile = other.sweep

    one.sweep()

    assert history(world) == SILENT


def test_a_sweep_that_failed_leaves_the_rest_to_the_next_one() -> None:
    repository = FailingRepository()
    world = a_process(repository)
    place(world)
    vanish_while_processing(world)
    neighbour = a_neighbour_of(world)
    sweep_for(LEASE_SECONDS - 1, neighbour)
    repository.plan["update"].append(DOWN)

    with pytest.raises(RepositoryUnavailable):
        sweep_for(1, neighbour)
    sweep_for(1, neighbour)

    assert history(world) == SILENT


def test_a_sweep_that_finds_nothing_changes_nothing() -> None:
    repository = FailingRepository()
    world = a_process(repository)
    place(world)
    repository.plan["update"].append(DOWN)

    world.sweep()

    assert [len(plan) for plan in repository.plan.values() if plan] == [1]


@pytest.mark.parametrize("beats", [False, True])
def test_a_silent_worker_is_logged_once_it_is_certain(
    caplog: pytest.LogCaptureFixture, beats: bool
) -> None:
    repository = InterruptedRepository(OrderStatus.PROCESSING)
    world = a_process(repository)
    place(world)
    vanish_while_processing(world)
    world.container.held_orders().put(stored(world))
    neighbour = a_neighbour_of(world)
    sweep_for(LEASE_SECONDS - 1, neighbour)
    world.clock.advance(seconds=1)
    repository.meanwhile = world.beat if beats else repository.meanwhile

    neighbour.sweep()

    assert ("order ORD003: attempt 1 went silent" in caplog.text) is not beats
