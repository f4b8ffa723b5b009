"""Overflow: new orders line up behind older ones, and only while there are any."""

import pytest

from domain.transitions import OrderStatus
from tests.application.stories import place, stored
from tests.conftest import World

ROOM = 4  # in the queue of a process with two workers


@pytest.fixture
def crowded() -> World:
    """A process whose queue is full, and two orders behind it that it had no room for."""
    world = World(max_workers="2", processing_seconds="0")
    for number in range(ROOM):
        place(world, f"early-{number}")
    for number in range(2):
        world.clock.advance(seconds=0.1)
        place(world, f"old-{number}")
    return world


def test_a_new_order_lines_up_behind_older_ones_though_there_is_room_again(crowded: World) -> None:
    crowded.work()

    place(crowded, "new")

    assert crowded.work() == 0


def test_old_orders_are_not_overtaken_by_ever_more_new_ones(crowded: World) -> None:
    for round_number in range(2):
        crowded.work()
        for number in range(ROOM):
            crowded.clock.advance(seconds=0.1)
            place(crowded, f"new-{round_number}-{number}")
        crowded.sweep()
    crowded.work()

    old = [stored(crowded, f"old-{number}").status for number in range(2)]
    assert old == [OrderStatus.COMPLETED] * 2


def test_new_orders_have_their_turn_too_when_the_old_ones_are_done(crowded: World) -> None:
    crowded.work()
    place(crowded, "new")

    crowded.sweep()
    crowded.work()

    assert stored(crowded, "new").status is OrderStatus.COMPLETED


def test_once_the_backlog_is_gone_new_orders_go_to_the_queue_at_once(crowded: World) -> None:
    crowded.work()
    crowded.sweep()
    crowded.work()

    place(crowded, "new")

    assert crowded.work() == 1


def test_a_sweep_that_finds_the_queue_full_does_not_forget_those_that_wait(crowded: World) -> None:
    for number in range(ROOM):
        crowded.container.held_orders().take(stored(crowded, f"early-{number}"))

    crowded.sweep()
    crowded.work()
    place(crowded, "new")

    assert crowded.work() == 0


def test_a_full_queue_alone_is_no_backlog() -> None:
    world = World(max_workers="2", processing_seconds="0")
    for number in range(ROOM):
        place(world, f"early-{number}")
    world.sweep()
    world.work()

    place(world, "new")

    assert world.work() == 1


def test_while_a_sweep_still_leaves_orders_behind_new_ones_line_up() -> None:
    world = World(max_workers="2", processing_seconds="0")
    world.container.populate_orders()(ROOM + 1, "b7")
    world.sweep()
    world.work()

    place(world, "new")

    assert world.work() == 0


def test_a_backlog_is_dispatched_at_once_when_there_is_room_again(crowded: World) -> None:
    crowded.container.overflow().room_again()

    assert crowded.container.dispatch_now().is_set()


def test_without_a_backlog_nobody_is_woken(world: World) -> None:
    place(world)

    world.container.overflow().room_again()

    assert not world.container.dispatch_now().is_set()
