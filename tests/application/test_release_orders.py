"""ReleaseOrders: a clean stop gives back what is unfinished, and costs the orders nothing."""

from collections.abc import Callable, Sequence

import pytest

from adapters.memory.orders import InMemoryOrderRepository
from adapters.processors.function import FunctionProcessor
from application.ports import Once, RepositoryUnavailable
from application.processing.held_orders import AT_ONCE
from domain.change import Change
from domain.order import Order
from domain.transitions import EventKind, OrderStatus
from tests.application.repositories import DOWN, UP, CountingRepository, FailingRepository
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
from tests.harness.builders import START, an_order

RELEASED = [EventKind.CREATED, EventKind.STARTED, EventKind.RELEASED]


def while_processing(world: World, happens: Callable[[], None]) -> None:
    """Place an order and let something happen while its processor is busy with it."""
    world.process_with(FunctionProcessor(lambda order: happens()))
    place(world)
    world.work()


def test_an_unfinished_order_is_given_back(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    while_processing(world, world.container.release_orders())

    assert history(world) == RELEASED
    assert "gave back 1 unfinished orders" in caplog.messages


def test_an_unfinished_order_is_due_at_once(world: World) -> None:
    while_processing(world, world.container.release_orders())

    assert stored(world).due_at == START


def test_giving_back_counts_neither_a_failure_nor_a_crash(world: World) -> None:
    while_processing(world, world.container.release_orders())

    assert (stored(world).failures, stored(world).crashes) == (0, 0)


def test_what_was_given_back_is_held_no_longer(world: World) -> None:
    held: list[int] = []

    def release() -> None:
        world.container.release_orders()()
        held.append(len(world.container.held_orders()))

    while_processing(world, release)

    assert held == [0]


def test_a_neighbour_goes_on_with_what_was_given_back(world: World) -> None:
    neighbour = a_neighbour_of(world)

    def release_and_go_on_next_door() -> None:
        world.container.release_orders()()
        neighbour.sweep()
        neighbour.work()

    while_processing(world, release_and_go_on_next_door)

    assert history(world) == [*RELEASED, EventKind.STARTED, EventKind.COMPLETED]


def test_an_order_that_waits_in_the_queue_is_due_at_once(world: World) -> None:
    world.container.held_orders().take(place(world))
    world.clock.advance(seconds=1)

    world.container.release_orders()()

    assert stored(world).due_at == world.clock.now()


def test_an_order_that_waits_in_the_queue_was_never_started(world: World) -> None:
    world.container.held_orders().take(place(world))

    world.container.release_orders()()

    assert history(world) == [EventKind.CREATED]


@pytest.mark.parametrize("started", [False, True])
def test_a_beat_does_not_take_back_what_was_given_back(world: World, started: bool) -> None:
    def release_then_beat() -> None:
        world.container.release_orders()()
        world.beat()

    if started:
        while_processing(world, release_then_beat)
    else:
        world.container.held_orders().take(place(world))
        release_then_beat()

    assert stored(world).due_at == START


def test_an_order_that_ended_in_the_meantime_stays_ended(world: World) -> None:
    hint = place(world)
    world.work()
    started = hint.start(START, world.settings.lease, world.container.owner()).new
    world.container.held_orders().put(started)

    world.container.release_orders()()

    assert stored(world).status is OrderStatus.COMPLETED


def test_what_others_hold_is_not_given_back(world: World) -> None:
    neighbour = a_neighbour_of(world)

    while_processing(world, neighbour.container.release_orders())

    assert history(world) == [EventKind.CREATED, EventKind.STARTED, EventKind.COMPLETED]


def test_running_and_waiting_orders_are_given_back_together(world: World) -> None:
    waiting = place(world, "waiting")
    world.container.held_orders().put(waiting)
    world.queue.drain(lambda hint: None)
    due: list[Order] = []

    def release() -> None:
        world.clock.advance(seconds=1)
        world.container.release_orders()()
        due.extend(stored(world, order_id) for order_id in (waiting.order_id, "ORD003"))

    while_processing(world, release)

    assert [order.due_at for order in due] == [world.clock.now()] * 2


def test_a_process_that_holds_nothing_leaves_the_store_alone() -> None:
    repository = FailingRepository()
    repository.plan["update"].append(DOWN)
    repository.plan["reschedule"].append(DOWN)

    a_process(repository).container.release_orders()()

    assert (len(repository.plan["update"]), len(repository.plan["reschedule"])) == (1, 1)


def test_what_could_not_be_given_back_is_left_to_its_lease() -> None:
    repository = FailingRepository()
    world = a_process(repository)
    neighbour = a_neighbour_of(world)
    neighbour.sweep()

    def stop_without_a_store() -> None:
        repository.plan["update"].append(DOWN)
        with pytest.raises(RepositoryUnavailable):
            world.container.release_orders()()
        sweep_for(LEASE_SECONDS, neighbour)

    repository.plan["update"].append(UP)
    while_processing(world, stop_without_a_store)

    assert history(world) == [EventKind.CREATED, EventKind.STARTED, EventKind.EXPIRED]


def test_an_order_that_was_started_at_the_last_moment_is_given_back(world: World) -> None:
    """Its start was stored before its hint could be given back; its worker has been slow since."""
    hint = place(world)
    world.container.held_orders().take(hint)
    started = hint.start(START, world.settings.lease, world.container.owner())
    world.repository.update([started])

    world.container.release_orders()()

    assert history(world) == RELEASED
    assert stored(world).due_at == world.clock.now()


def test_what_another_process_started_at_the_last_moment_stays_its_own(world: World) -> None:
    hint = place(world)
    world.container.held_orders().take(hint)
    theirs = hint.start(START, world.settings.lease, "another")
    world.repository.update([theirs])

    world.container.release_orders()()

    assert stored(world) == theirs.new


def test_a_start_that_comes_after_the_release_is_given_back_at_once(world: World) -> None:
    processed: list[Order] = []
    world.process_with(FunctionProcessor(processed.append))
    place(world)

    world.container.release_orders()()
    world.work()

    assert history(world) == RELEASED
    assert processed == []
    assert len(world.container.held_orders()) == 0


def test_an_order_whose_start_was_stored_as_the_stop_came_is_waited_for() -> None:
    """It is stored as Processing already, though its worker does not know yet."""
    repository = InterruptedStart()
    world = a_process(repository)
    place(world)
    repository.meanwhile = world.container.held_orders().close

    world.work()

    assert history(world) == [EventKind.CREATED, EventKind.STARTED, EventKind.COMPLETED]


class InterruptedStart(InMemoryOrderRepository):
    """Lets something happen after a start is stored, before its worker knows."""

    meanwhile: Callable[[], None]

    def update(self, changes: Sequence[Change], once: Once | None = None) -> list[bool]:
        result = super().update(changes, once)
        self.meanwhile()
        return result


def test_many_orders_are_given_back_in_parts_so_that_other_writes_have_a_turn() -> None:
    repository = CountingRepository()
    world = a_process(repository)
    orders = [an_order(f"o{number}") for number in range(AT_ONCE + 1)]
    repository.add(orders)
    started = world.container.advance_orders()([], orders).orders
    repository.updates.clear()

    world.container.release_orders()()

    assert repository.updates == [AT_ONCE, 1]
    assert world.views.totals().pending == len(started) == AT_ONCE + 1
    assert len(world.container.held_orders()) == 0


def test_a_part_that_fails_keeps_none_of_the_others_from_being_given_back() -> None:
    repository = FailingRepository()
    world = a_process(repository)
    running = [an_order(f"running-{number}") for number in range(AT_ONCE + 1)]
    waiting = [an_order(f"waiting-{number}") for number in range(AT_ONCE + 1)]
    repository.add([*running, *waiting])
    world.container.advance_orders()([], running)
    for order in waiting:
        world.container.held_orders().take(order)
    world.clock.advance(seconds=1)
    repository.plan["update"].append(DOWN)
    repository.plan["reschedule"].append(DOWN)

    with pytest.raises(RepositoryUnavailable):
        world.container.release_orders()()

    assert stored(world, running[0].order_id).status is OrderStatus.PROCESSING
    assert stored(world, running[-1].order_id).status is OrderStatus.PENDING
    assert stored(world, waiting[0].order_id).due_at != world.clock.now()
    assert stored(world, waiting[-1].order_id).due_at == world.clock.now()
