"""Deadlines that only a wrong clock can have set are brought back, or count as due."""

from datetime import datetime, timedelta

import pytest

from adapters.memory.orders import InMemoryOrderRepository
from domain.order import Order
from domain.transitions import OrderStatus
from tests.application.repositories import InterruptedRepository
from tests.application.stories import (
    CAP_SECONDS,
    LEASE_SECONDS,
    SWEEP_SECONDS,
    a_neighbour_of,
    a_process,
    stored,
)
from tests.conftest import World
from tests.harness.builders import LEASE, START, an_order

MICROSECOND = timedelta(microseconds=1)
CAP = timedelta(seconds=CAP_SECONDS)
DAY = timedelta(days=1)


def hold_until_misdated(world: World, ahead: timedelta) -> Order:
    """An order whose holder has vanished, with a lease that is over `ahead` after now."""
    waiting = an_order()
    started = waiting.start(START - LEASE + ahead, LEASE, "gone")
    world.repository.add([waiting])
    world.repository.update([started])
    return started.new


@pytest.mark.parametrize("ahead", [2 * LEASE + MICROSECOND, DAY])
def test_a_lease_further_away_than_two_is_cut_to_one(world: World, ahead: timedelta) -> None:
    hold_until_misdated(world, ahead)

    world.sweep()

    assert stored(world).due_at == START + LEASE


def test_a_longer_lease_that_other_processes_may_use_is_believed() -> None:
    class Agreed(InMemoryOrderRepository):
        def probe(self, at: datetime) -> timedelta:
            assert at == START
            return 4 * LEASE

    world = a_process(Agreed())
    held = hold_until_misdated(world, 8 * LEASE)

    world.sweep()

    assert stored(world).due_at == held.due_at


def test_a_lease_no_further_away_than_two_is_believed(world: World) -> None:
    held = hold_until_misdated(world, 2 * LEASE)

    world.sweep()

    assert stored(world).due_at == held.due_at


def test_cutting_a_lease_takes_the_order_from_nobody(world: World) -> None:
    held = hold_until_misdated(world, DAY)

    world.sweep()

    assert (stored(world).status, stored(world).attempt) == (OrderStatus.PROCESSING, held.attempt)


def test_a_lease_that_was_cut_is_over_when_nobody_beats(world: World) -> None:
    hold_until_misdated(world, DAY)

    for _ in range(0, LEASE_SECONDS + 1, SWEEP_SECONDS):
        world.sweep()
        world.clock.advance(seconds=SWEEP_SECONDS)

    assert (stored(world).status, stored(world).crashes) == (OrderStatus.PENDING, 1)


def test_deadlines_that_are_set_wrong_later_are_found_by_the_next_sweep(world: World) -> None:
    world.sweep()
    hold_until_misdated(world, DAY)

    world.sweep()

    assert stored(world).due_at == world.clock.now() + LEASE


def test_a_heartbeat_between_reading_and_cutting_wins() -> None:
    repository = InterruptedRepository(OrderStatus.PROCESSING)
    world = a_process(repository)
    sweeper = a_neighbour_of(world)
    world.container.held_orders().put(hold_until_misdated(world, DAY))

    def beat_a_little_later() -> None:
        world.clock.advance(seconds=1)
        world.beat()

    repository.meanwhile = beat_a_little_later
    sweeper.sweep()

    assert stored(world).due_at == world.clock.now() + LEASE


@pytest.mark.parametrize("ahead", [CAP + MICROSECOND, DAY])
def test_a_pending_order_due_later_than_the_cap_is_due_now(world: World, ahead: timedelta) -> None:
    world.repository.add([an_order(due_at=START + ahead)])

    world.sweep()

    assert world.work() == 1


def test_a_pending_order_due_within_the_cap_waits_for_its_time(world: World) -> None:
    world.repository.add([an_order(due_at=START + CAP)])

    world.sweep()

    assert world.work() == 0


def started_with_room(world: World) -> list[str]:
    """What a process with workers to spare starts of the orders that are due."""
    started = world.container.advance_orders()([], [], room=9).orders
    return [order.order_id for order in started]


def test_workers_with_room_start_what_is_due_later_than_the_cap_and_nothing_nearer(
    world: World,
) -> None:
    world.repository.add([an_order("waits", due_at=START + CAP)])
    world.repository.add([an_order("misdated", due_at=START + CAP + MICROSECOND)])

    assert started_with_room(world) == ["misdated"]


def test_workers_with_room_leave_what_may_be_held_for_two_long_leases() -> None:
    world = World(lease_seconds="100")
    two_leases = START + timedelta(seconds=200)
    world.repository.add([an_order("held", due_at=two_leases)])
    world.repository.add([an_order("misdated", due_at=two_leases + MICROSECOND)])

    assert started_with_room(world) == ["misdated"]


def test_a_hint_that_is_held_for_long_is_not_taken_for_misdated() -> None:
    world = World(lease_seconds="100")
    two_leases = START + timedelta(seconds=200)
    world.repository.add([an_order("held", due_at=two_leases)])
    world.repository.add([an_order("misdated", due_at=two_leases + MICROSECOND)])

    world.sweep()
    world.work()

    assert stored(world, "held").status is OrderStatus.PENDING
    assert stored(world, "misdated").status is OrderStatus.COMPLETED
