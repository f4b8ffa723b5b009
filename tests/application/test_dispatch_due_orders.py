"""DispatchDueOrders: due Pending orders go to the queue, in due order, while it has room."""

from datetime import timedelta

import pytest
from dependency_injector.providers import Object

from adapters.memory.orders import InMemoryOrderRepository
from adapters.memory.queue import InMemoryQueue
from adapters.processors.scripted import ScriptedProcessor
from domain.order import Order
from tests.application.stories import CAP_SECONDS, a_neighbour_of, a_process, history, place, stored
from tests.conftest import World
from tests.harness.builders import LEASE, START, an_order

SECOND = timedelta(seconds=1)


@pytest.fixture
def small() -> World:
    """A process with two workers, whose queue has room for four orders."""
    return World(max_workers="2")


def queued(world: World) -> list[str]:
    """Take the hints out of the queue, in order."""
    ids: list[str] = []
    world.queue.drain(lambda order: ids.append(order.order_id))
    return ids


def wait_in(world: World, *due_seconds_ago: int) -> None:
    """Store a Pending order for each number, named by it."""
    world.repository.add(
        [an_order(f"due-{ago}", due_at=START - ago * SECOND) for ago in due_seconds_ago]
    )


def test_the_longest_due_order_goes_first(small: World) -> None:
    wait_in(small, 2, 9, 5)

    small.sweep()

    assert queued(small) == ["due-9", "due-5", "due-2"]


def test_no_more_orders_are_dispatched_than_there_is_room_for(small: World) -> None:
    wait_in(small, 1, 2, 3, 4, 5, 6)

    small.sweep()

    assert queued(small) == ["due-6", "due-5", "due-4", "due-3"]


def test_orders_in_the_queue_take_room(small: World) -> None:
    place(small, "first")
    wait_in(small, 1, 2, 3, 4, 5, 6)

    small.sweep()

    assert queued(small) == ["first", "due-6", "due-5", "due-4"]


def test_the_last_place_in_the_queue_is_used(small: World) -> None:
    for order_id in ("A", "B", "C"):
        place(small, order_id)
    wait_in(small, 1)

    small.sweep()

    assert queued(small) == ["A", "B", "C", "due-1"]


def test_what_there_is_no_room_for_stays_as_it_is(small: World) -> None:
    wait_in(small, 1, 2, 3, 4, 5)
    small.sweep()
    before = stored(small, "due-1")

    small.sweep()

    assert stored(small, "due-1") == before


def test_an_order_that_is_not_due_yet_waits(small: World) -> None:
    wait_in(small, -1)

    small.sweep()

    assert queued(small) == []


def test_an_order_that_is_dispatched_is_left_alone_for_a_lease(small: World) -> None:
    wait_in(small, 1)

    small.sweep()

    assert stored(small, "due-1").due_at == START + LEASE


def test_dispatching_does_not_change_the_order(small: World) -> None:
    wait_in(small, 1)
    before = history(small, "due-1")

    small.sweep()

    assert (stored(small, "due-1").seq, history(small, "due-1")) == (1, before)


def test_an_order_is_dispatched_by_one_of_two_processes() -> None:
    one = a_process(InMemoryOrderRepository())
    other = a_neighbour_of(one)
    wait_in(one, 1)

    one.sweep()
    other.sweep()

    assert (queued(one), queued(other)) == (["due-1"], [])


def test_there_is_no_backlog_once_all_that_wait_are_dispatched(small: World) -> None:
    wait_in(small, 1, 2, 3)

    small.sweep()

    assert not small.container.overflow().exists


def test_a_closed_queue_is_handed_nothing(small: World) -> None:
    wait_in(small, 1)
    small.queue.close(timedelta(0))

    small.sweep()

    assert stored(small, "due-1").due_at == START - SECOND


def test_what_the_queue_refuses_after_all_is_due_at_once(small: World) -> None:
    class Refusing(InMemoryQueue):
        def submit(self, order: Order) -> bool:
            return order.order_id == "due-2" and super().submit(order)

    small.container.queue.override(Object(Refusing()))
    wait_in(small, 1, 2, 3)

    small.sweep()

    assert stored(small, "due-1").due_at == stored(small, "due-3").due_at == START
    assert stored(small, "due-2").due_at == START + LEASE
    assert small.container.overflow().exists


def test_a_failed_order_is_dispatched_when_its_back_off_ends(world: World) -> None:
    world.process_with(ScriptedProcessor(ValueError("no stock")))
    place(world)
    world.work()

    world.clock.advance(seconds=CAP_SECONDS)
    world.sweep()

    assert queued(world) == ["ORD003"]


def test_an_order_that_ended_is_never_dispatched(world: World) -> None:
    place(world)
    world.work()

    world.clock.advance(seconds=10 * CAP_SECONDS)
    world.sweep()

    assert queued(world) == []
