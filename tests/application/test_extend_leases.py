"""ExtendLeases: a process keeps what it holds, for as long as it beats."""

from datetime import timedelta

import pytest

from adapters.clock import ManualClock
from adapters.memory.orders import InMemoryOrderRepository
from adapters.processors.function import FunctionProcessor
from application.ports import RepositoryUnavailable
from application.processing.held_orders import AT_ONCE
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
from tests.harness.builders import LEASE, START, an_order
from tests.harness.one_at_a_time import process

FIVE_SECONDS = timedelta(seconds=5)


def beat_while_processing(world: World) -> Order:
    """One beat, 5 s into an order; returns the order as it is stored after the beat."""
    after: list[Order] = []

    def work(order: Order) -> None:
        world.clock.advance(seconds=5)
        world.beat()
        after.append(stored(world))

    world.process_with(FunctionProcessor(work))
    place(world)
    world.work()
    return after[0]


def test_an_order_that_is_worked_on_is_kept_for_another_lease(world: World) -> None:
    assert beat_while_processing(world).due_at == START + FIVE_SECONDS + LEASE


def test_an_order_that_waits_in_the_queue_is_kept_for_another_lease(world: World) -> None:
    world.container.held_orders().take(place(world))
    world.clock.advance(seconds=5)

    world.beat()

    assert stored(world).due_at == START + FIVE_SECONDS + LEASE


def test_a_beat_is_no_change_of_the_order(world: World) -> None:
    order = beat_while_processing(world)

    assert (order.changed_at, order.seq) == (START, 2)


def test_a_beat_leaves_no_line_in_the_history(world: World) -> None:
    beat_while_processing(world)

    assert history(world) == [EventKind.CREATED, EventKind.STARTED, EventKind.COMPLETED]


def test_an_outcome_is_recorded_after_any_number_of_beats(world: World) -> None:
    neighbour = a_neighbour_of(world)

    def work_for_a_minute(order: Order) -> None:
        for _ in range(12):
            world.clock.advance(seconds=5)
            world.beat()
            neighbour.sweep()

    world.process_with(FunctionProcessor(work_for_a_minute))
    place(world)
    world.work()

    assert history(world) == [EventKind.CREATED, EventKind.STARTED, EventKind.COMPLETED]


def test_what_is_not_held_is_left_to_be_found(world: World) -> None:
    place(world)
    world.clock.advance(seconds=5)

    world.beat()

    assert stored(world).due_at == START + LEASE


def test_an_order_that_was_taken_over_is_held_no_longer(world: World) -> None:
    hint = place(world)
    world.container.held_orders().take(hint)
    process(a_neighbour_of(world).container, hint)

    world.beat()

    assert "ORD003" not in world.container.held_orders()


def test_an_order_that_was_taken_over_is_not_kept_from_its_new_holder(world: World) -> None:
    hint = place(world)
    world.container.held_orders().take(hint)
    process(a_neighbour_of(world).container, hint)
    ended = stored(world)

    world.beat()

    assert stored(world) == ended


def test_one_lost_order_does_not_take_the_others_with_it(world: World) -> None:
    lost, kept = place(world, "lost"), place(world, "kept")
    for order in (lost, kept):
        world.container.held_orders().take(order)
    world.repository.update([lost.cancel(START)])

    world.beat()

    assert world.container.held_orders().all() == [kept]


def test_a_process_that_holds_nothing_leaves_the_store_alone() -> None:
    repository = FailingRepository()
    repository.plan["reschedule"].append(DOWN)

    a_process(repository).beat()

    assert len(repository.plan["reschedule"]) == 1


def test_a_beat_that_fails_gives_nothing_up() -> None:
    repository = FailingRepository()
    world = a_process(repository)
    held = place(world)
    world.container.held_orders().take(held)
    repository.plan["reschedule"].append(DOWN)

    with pytest.raises(RepositoryUnavailable):
        world.beat()

    assert world.container.held_orders().all() == [held]


def test_a_process_that_stops_beating_loses_its_order_after_a_lease(world: World) -> None:
    neighbour = a_neighbour_of(world)

    def beat_once_and_hang(order: Order) -> None:
        sweep_for(5, neighbour)
        world.beat()
        sweep_for(LEASE_SECONDS, neighbour)

    world.process_with(FunctionProcessor(beat_once_and_hang))
    place(world)
    world.work()

    assert stored(world).status is OrderStatus.PENDING


class FarClock(ManualClock):
    """A server's clock: its jumps are noticed at the next sync, which may fail."""

    def __init__(self) -> None:
        super().__init__()
        self.unknown_jump = 0.0
        self.is_away = False

    def sync(self) -> None:
        if self.is_away:
            raise RepositoryUnavailable("connection refused")
        self.jump(seconds=self.unknown_jump)
        self.unknown_jump = 0.0


@pytest.mark.parametrize("is_away", [False, True])
def test_a_beat_goes_by_the_time_of_this_moment_if_that_can_be_had(is_away: bool) -> None:
    clock = FarClock()
    world = a_process(InMemoryOrderRepository(), clock)
    world.container.held_orders().take(place(world))
    clock.unknown_jump, clock.is_away = -3_600, is_away

    world.beat()

    known = START if is_away else START - timedelta(hours=1)
    assert stored(world).due_at == known + LEASE


def hold_many(world: World, number: int) -> list[str]:
    """Store that many orders, and hold them; returns their ids."""
    orders = [an_order(f"o{count}") for count in range(number)]
    world.repository.add(orders)
    for order in orders:
        world.container.held_orders().take(order)
    return [order.order_id for order in orders]


def test_many_leases_are_extended_in_parts_so_that_other_writes_have_a_turn() -> None:
    repository = CountingRepository()
    world = a_process(repository)
    ids = hold_many(world, 2 * AT_ONCE + 1)

    world.beat()

    assert repository.moves == [AT_ONCE, AT_ONCE, 1]
    assert {order.due_at for order in repository.get_many(ids)} == {START + LEASE}


def test_a_part_that_fails_does_not_take_the_others_with_it() -> None:
    repository = FailingRepository()
    world = a_process(repository)
    ids = hold_many(world, 3 * AT_ONCE)
    world.clock.advance(seconds=5)
    repository.plan["reschedule"].extend([UP, DOWN, UP])

    with pytest.raises(RepositoryUnavailable):
        world.beat()

    kept = [o for o in repository.get_many(ids) if o.due_at == START + FIVE_SECONDS + LEASE]
    assert [order.order_id for order in kept] == ids[:AT_ONCE] + ids[2 * AT_ONCE :]
    assert len(world.container.held_orders()) == 3 * AT_ONCE
