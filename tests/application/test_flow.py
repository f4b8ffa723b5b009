"""Pause, resume, limit; and how a process obeys the flow that is stored."""

import math
from datetime import timedelta

import pytest

from application.flow.pause_processing import Pause
from domain.errors import InvalidLimit, InvalidOrder
from domain.events import Actor, Role
from domain.flow import Flow
from domain.limits import NO_LIMITS, Limits
from domain.order import Order
from domain.transitions import OrderStatus
from tests.application.stories import a_neighbour_of, place, stored
from tests.conftest import World
from tests.harness.builders import an_order

ALICE = Actor(Role.OPERATOR, "alice")


@pytest.fixture
def world() -> World:
    return World(processing_seconds="0").begin_to_sweep()


def pause(world: World) -> None:
    world.container.pause_processing()(Pause(actor=ALICE, reason="stocktaking"))
    follow(world)


def limit(world: World, rate: float | None = None, at_once: int | None = None) -> None:
    world.container.limit_processing()(Limits(rate_per_second=rate, at_once=at_once))
    follow(world)


def resume(world: World) -> None:
    world.container.resume_processing()()
    follow(world)


def follow(world: World) -> None:
    world.container.follow_flow()()


def wait_in(world: World, *order_ids: str) -> None:
    now = world.clock.now()
    world.repository.add(
        [
            an_order(order_id, due_at=now - timedelta(seconds=10 - number))
            for number, order_id in enumerate(order_ids)
        ]
    )


def look(world: World, room: int = 10) -> list[Order]:
    return world.container.advance_orders()([], [], room).orders


def test_a_pause_says_who_when_and_why(world: World) -> None:
    paused = world.container.pause_processing()(Pause(actor=ALICE, reason="stocktaking"))

    assert paused == Flow(paused_at=world.clock.now(), paused_by=ALICE, pause_reason="stocktaking")
    assert world.container.read_flow()() == paused


@pytest.mark.parametrize("reason", ["", "two\nlines", "x" * 501])
def test_a_bad_reason_is_refused_and_nothing_is_paused(world: World, reason: str) -> None:
    with pytest.raises(InvalidOrder, match="reason"):
        world.container.pause_processing()(Pause(reason=reason))

    assert world.container.read_flow()() == Flow()


def test_a_bad_limit_is_refused_and_nothing_is_limited(world: World) -> None:
    with pytest.raises(InvalidLimit, match="at_once"):
        world.container.limit_processing()(Limits(rate_per_second=5, at_once=0))

    assert world.container.read_flow()() == Flow()


@pytest.mark.parametrize("change", [pause, resume, limit])
def test_a_change_is_followed_at_once_in_its_own_process(world: World, change: object) -> None:
    assert not world.container.follow_flow_now().is_set()
    assert callable(change)

    change(world)

    assert world.container.follow_flow_now().is_set()


def test_a_pause_is_noticed_by_the_next_sweep_of_another_process(world: World) -> None:
    other = a_neighbour_of(world)
    wait_in(world, "a")
    pause(world)

    follow(other)

    assert look(other) == []
    assert stored(world, "a").status is OrderStatus.PENDING


def test_while_it_is_paused_orders_are_taken_in_and_wait_in_the_database(world: World) -> None:
    pause(world)

    order = place(world, "a")

    assert world.queue.free_slots() > 0
    assert order.due_at == world.clock.now()
    assert world.work() == 0
    assert look(world) == []


def test_running_orders_end_while_it_is_paused(world: World) -> None:
    started = world.container.advance_orders()([], [place(world, "a")]).orders
    pause(world)

    world.container.advance_orders()([order.complete(world.clock.now()) for order in started], [])

    assert stored(world, "a").status is OrderStatus.COMPLETED


def test_what_waits_here_is_given_back_when_it_is_about_to_start(world: World) -> None:
    order = place(world, "a")
    world.container.held_orders().take(order)
    pause(world)
    world.clock.advance(seconds=3)

    assert world.container.advance_orders()([], [order]).orders == []

    assert len(world.container.held_orders()) == 0
    assert stored(world, "a").due_at == world.clock.now()


def test_what_waits_in_the_dispatcher_is_given_back(world: World) -> None:
    """Though all workers are busy, so that none of it is about to start."""
    dispatcher = world.container.dispatcher()
    order = place(world, "a")
    dispatcher._window._waiting.append(order)
    world.container.held_orders().take(order)

    pause(world)

    assert len(world.container.held_orders()) == 0
    assert stored(world, "a").due_at == world.clock.now()


def test_once_it_is_resumed_what_waited_starts_in_due_order(world: World) -> None:
    pause(world)
    wait_in(world, "a", "b", "c")
    resume(world)

    assert world.container.dispatch_now().is_set()
    assert [order.order_id for order in look(world, room=2)] == ["a", "b"]


def test_an_order_that_comes_while_older_ones_wait_lines_up_behind_them(world: World) -> None:
    pause(world)
    place(world, "old")
    resume(world)

    place(world, "new")

    assert world.work() == 0
    assert [order.order_id for order in look(world)] == ["old", "new"]
    place(world, "newest")
    assert world.work() == 1


def test_nothing_is_dispatched_while_it_is_restricted(world: World) -> None:
    limit(world, at_once=5)
    wait_in(world, "a")

    world.container.dispatch_due_orders()()
    assert world.work() == 0

    limit(world)
    world.container.dispatch_due_orders()()
    assert world.work() == 1


def test_processes_share_one_number_at_once(world: World) -> None:
    other = a_neighbour_of(world)
    limit(world, at_once=3)
    follow(other)
    wait_in(world, "a", "b", "c", "d")

    assert len(look(world, room=2)) == 2
    assert len(look(other, room=2)) == 1
    assert look(world) == look(other) == []


def test_a_look_that_is_limited_is_not_the_last(world: World) -> None:
    limit(world, at_once=1)
    wait_in(world, "a", "b")

    found = world.container.advance_orders()([], [], 10)

    assert len(found.orders) == 1
    assert (found.is_more_due, found.pause_seconds) == (True, math.inf)  # until an order ends


@pytest.mark.parametrize(("rate", "seconds"), [(2, 0.5), (1_000, 0.1)])
def test_a_rate_paces_the_looks(world: World, rate: float, seconds: float) -> None:
    limit(world, rate=rate)
    wait_in(world, "a")

    assert world.container.advance_orders()([], [], 10).pause_seconds == seconds
    assert world.container.advance_orders()([], [], 10).pause_seconds == math.inf  # none was due


def test_limits_of_users_pace_the_looks_also_where_none_may_start(world: World) -> None:
    world.container.limit_processing()(NO_LIMITS, Limits(at_once=1))
    follow(world)
    wait_in(world, "a", "b")

    assert world.container.advance_orders()([], [], 10).pause_seconds == 0.1
    assert world.container.advance_orders()([], [], 10).pause_seconds == 0.1


def test_until_the_flow_is_known_orders_start_within_it_only() -> None:
    world = World()
    world.container.gate.reset()
    world.container.overflow.reset()
    world.container.flow().change(lambda flow: flow.pause(world.clock.now(), ALICE, None))
    order = place(world, "a")

    assert look(world) == []
    assert world.container.advance_orders()([], [order]).orders == []


def test_a_full_queue_does_not_wake_the_dispatcher_while_it_is_restricted(world: World) -> None:
    pause(world)
    place(world, "a")
    world.container.dispatch_now().clear()

    world.container.overflow().room_again()

    assert not world.container.dispatch_now().is_set()
