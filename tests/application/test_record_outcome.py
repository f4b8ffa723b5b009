"""AdvanceOrders: an outcome that is hard to record."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from adapters.processors.function import FunctionProcessor
from adapters.processors.scripted import ScriptedProcessor
from application.ports import OutcomeUnknown, RepositoryUnavailable, RetryLater
from domain.change import Change
from domain.order import Order
from domain.transitions import EventKind
from tests.application.repositories import DOWN, FailingRepository, ForgetfulRepository
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
from tests.harness.one_at_a_time import work_on

DONE = [EventKind.CREATED, EventKind.STARTED, EventKind.COMPLETED]


def record(world: World, outcomes: Sequence[Change]) -> None:
    world.container.advance_orders()(outcomes, [])


def outcome_of(world: World) -> Change:
    """Of an order that was placed, started and worked on."""
    (started,) = world.container.advance_orders()([], [place(world)]).orders
    return work_on(world.container, started)


def test_a_failure_to_record_counts_as_nothing() -> None:
    repository = FailingRepository()
    world = a_process(repository)
    processor = ScriptedProcessor()
    world.process_with(processor)
    outcome = outcome_of(world)
    repository.plan["update"].extend([DOWN] * 5)

    for _ in range(5):
        with pytest.raises(RepositoryUnavailable):
            record(world, [outcome])
    record(world, [outcome])

    order = stored(world)
    assert (order.attempt, order.failures, order.crashes, len(processor.processed)) == (1, 0, 0, 1)
    assert history(world) == DONE


def test_the_heartbeat_keeps_an_order_whose_outcome_is_not_recorded_yet() -> None:
    repository = FailingRepository()
    world = a_process(repository)
    neighbour = a_neighbour_of(world)
    outcome = outcome_of(world)

    for _ in range(3 * LEASE_SECONDS):
        repository.plan["update"].append(DOWN)
        with pytest.raises(RepositoryUnavailable):
            record(world, [outcome])
        world.beat()
        sweep_for(1, neighbour)
    record(world, [outcome])

    assert history(world) == DONE


def test_an_order_that_others_dispatch_again_meanwhile_was_given_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    repository = ForgetfulRepository()
    world = a_process(repository)
    neighbour = a_neighbour_of(world)
    world.process_with(ScriptedProcessor(RetryLater("closed", timedelta(0))))
    outcome = outcome_of(world)
    repository.loses_answer = True
    with pytest.raises(OutcomeUnknown):
        record(world, [outcome])
    neighbour.sweep()  # which moves its deadline

    record(world, [outcome])

    assert history(world)[-1] is EventKind.RELEASED
    assert neighbour.queue.free_slots() < World().queue.free_slots()
    assert caplog.messages == []


def test_an_outcome_of_a_lost_order_is_dropped_while_the_store_is_away(
    caplog: pytest.LogCaptureFixture,
) -> None:
    repository = FailingRepository()
    world = a_process(repository)
    neighbour = a_neighbour_of(world)

    def lose_the_order_and_the_store(order: Order) -> None:
        neighbour.sweep()
        sweep_for(LEASE_SECONDS, neighbour)
        world.beat()
        repository.plan["update"].extend([DOWN] * 3)
        repository.plan["get"].append(DOWN)

    world.process_with(FunctionProcessor(lose_the_order_and_the_store))

    record(world, [outcome_of(world)])

    assert len(repository.plan["update"]) == 3
    assert "order ORD003 is no longer held here; attempt 1 dropped" in caplog.messages
