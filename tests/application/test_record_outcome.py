"""ProcessOrder: an outcome that is hard to record."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from adapters.clock import ManualClock
from adapters.memory.orders import InMemoryOrderRepository
from adapters.processors import FunctionProcessor, ScriptedProcessor
from application.ports import OutcomeUnknown, RetryLater
from domain.order import Change, Order
from domain.transitions import EventKind
from tests.application.repositories import DOWN, UP, FailingRepository
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
from tests.harness.builders import START

DONE = [EventKind.CREATED, EventKind.STARTED, EventKind.COMPLETED]


class BusyClock(ManualClock):
    """Lets something happen during a sleep."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], None] = lambda: None

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.meanwhile()


@pytest.mark.parametrize("times", [1, 5])
def test_an_outcome_is_recorded_once_the_store_is_back(times: int) -> None:
    repository = FailingRepository()
    world = a_process(repository)
    place(world)
    repository.plan["update"].extend([UP, *[DOWN] * times])

    world.work()

    assert history(world) == DONE


def test_a_failure_to_record_counts_as_nothing() -> None:
    repository = FailingRepository()
    world = a_process(repository)
    processor = ScriptedProcessor()
    world.process_with(processor)
    place(world)
    repository.plan["update"].extend([UP, *[DOWN] * 5])

    world.work()

    order = stored(world)
    assert (order.attempt, order.failures, order.crashes, len(processor.processed)) == (1, 0, 0, 1)


def test_a_store_that_is_down_is_asked_again_more_and_more_rarely() -> None:
    repository = FailingRepository()
    world = a_process(repository)
    world.process_with(ScriptedProcessor())
    place(world)
    repository.plan["update"].extend([UP, *[DOWN] * 5])

    world.work()

    assert world.clock.now() == START + timedelta(seconds=0.5 + 1 + 2 + 4 + 5)


def test_the_heartbeat_keeps_an_order_whose_outcome_is_not_recorded_yet() -> None:
    repository = FailingRepository()
    clock = BusyClock()
    world = a_process(repository, clock)
    neighbour = a_neighbour_of(world)

    def beat_and_sweep() -> None:
        world.beat()
        neighbour.sweep()

    clock.meanwhile = beat_and_sweep
    place(world)
    repository.plan["update"].extend([UP, *[DOWN] * 10 * LEASE_SECONDS])

    world.work()

    assert history(world) == DONE


class Forgetful(InMemoryOrderRepository):
    """Loses the answer to the next update on request."""

    loses_answers = False

    def update(self, changes: Sequence[Change]) -> list[bool]:
        done = super().update(changes)
        if self.loses_answers:
            self.loses_answers = False
            raise OutcomeUnknown("connection reset")
        return done


def test_an_order_that_others_dispatch_again_meanwhile_was_given_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    repository, clock = Forgetful(), BusyClock()
    world = a_process(repository, clock)
    neighbour = a_neighbour_of(world)
    clock.meanwhile = neighbour.sweep  # which moves its deadline

    def lose_the_next_answer(order: Order) -> None:
        repository.loses_answers = True
        raise RetryLater("closed", timedelta(0))

    world.process_with(FunctionProcessor(lose_the_next_answer))
    place(world)

    world.work()

    assert history(world)[-1] is EventKind.RELEASED
    assert neighbour.queue.free_slots() < World().queue.free_slots()
    assert caplog.messages == []


@pytest.mark.parametrize("beats", [False, True])  # which finds that the order has ended
def test_an_outcome_that_was_stored_though_its_answer_was_lost_is_recorded(
    beats: bool, caplog: pytest.LogCaptureFixture
) -> None:
    repository = Forgetful()

    def lose_the_next_answer(order: Order) -> None:
        repository.loses_answers = True

    clock = BusyClock()
    world = a_process(repository, clock)
    if beats:
        clock.meanwhile = world.beat
    world.process_with(FunctionProcessor(lose_the_next_answer))
    place(world)

    world.work()

    assert history(world) == DONE
    assert caplog.messages == []  # it was not taken over


def test_a_worker_that_lost_its_order_does_not_wait_for_the_store(
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
    place(world)

    world.work()

    assert len(repository.plan["update"]) == 3
    assert "order ORD003 is no longer held here; attempt 1 dropped" in caplog.messages
