"""The clock jumps far forward or back: live processes keep their orders, dead ones lose them."""

from datetime import timedelta

import pytest

from adapters.processors.function import FunctionProcessor
from adapters.processors.scripted import ScriptedProcessor
from domain.order import Order
from domain.transitions import EventKind, OrderStatus
from tests.application.stories import (
    CAP_SECONDS,
    LEASE_SECONDS,
    SWEEP_SECONDS,
    a_neighbour_of,
    history,
    place,
    stored,
    sweep_for,
    vanish_while_processing,
)
from tests.conftest import World

HOUR, DAY = 3_600, 86_400
JUMPS = [HOUR, -HOUR, DAY, -DAY]
BEAT_SECONDS = LEASE_SECONDS // 3
DONE = [EventKind.CREATED, EventKind.STARTED, EventKind.COMPLETED]


@pytest.fixture
def neighbour(world: World) -> World:
    """Another process, which works on whatever it can get hold of."""
    neighbour = a_neighbour_of(world)
    neighbour.process_with(ScriptedProcessor())
    return neighbour


def let_pass(seconds: int, *processes: World) -> None:
    """Second by second; every process sweeps each second, and beats when it is time."""
    for second in range(1, seconds + 1):
        processes[0].clock.advance(seconds=1)
        for process in processes:
            process.sweep()
            if second % BEAT_SECONDS == 0:
                process.beat()


def process_across(world: World, neighbour: World, *jumps: int) -> Order:
    """Process a long order while the clock jumps, every 7 s."""

    def work_on(order: Order) -> None:
        for jump in jumps:
            let_pass(7, world, neighbour)
            neighbour.work()
            world.clock.jump(seconds=jump)
        let_pass(CAP_SECONDS, world, neighbour)
        neighbour.work()

    world.process_with(FunctionProcessor(work_on))
    place(world)
    world.work()
    return stored(world)


@pytest.mark.parametrize("jumps", [[jump] for jump in JUMPS] + [[DAY, -HOUR], [-DAY, DAY]])
def test_a_live_worker_keeps_its_order_and_does_it_once(
    world: World, neighbour: World, jumps: list[int]
) -> None:
    process_across(world, neighbour, *jumps)

    assert history(world) == DONE


@pytest.mark.parametrize("jump", JUMPS)
def test_no_duration_is_negative_after_a_jump(world: World, neighbour: World, jump: int) -> None:
    order = process_across(world, neighbour, jump)

    assert order.processing_duration is not None
    assert order.processing_duration >= timedelta(0)


@pytest.mark.parametrize("jump", JUMPS)
def test_a_dead_workers_order_is_recovered_within_two_leases_and_two_sweeps(
    world: World, neighbour: World, jump: int
) -> None:
    neighbour.sweep()
    place(world)
    vanish_while_processing(world)

    world.clock.jump(seconds=jump)
    let_pass(2 * LEASE_SECONDS + 2 * SWEEP_SECONDS, neighbour)
    neighbour.work()

    assert stored(world).status is OrderStatus.COMPLETED


@pytest.mark.parametrize("jump", [-32, -31, -30, -16, -15, -14, 14, 15, 16])
def test_after_a_jump_about_as_long_as_a_lease_it_takes_no_more_than_a_third_lease(
    world: World, neighbour: World, jump: int
) -> None:
    neighbour.sweep()
    place(world)
    vanish_while_processing(world)

    world.clock.jump(seconds=jump)
    let_pass(3 * LEASE_SECONDS + 2 * SWEEP_SECONDS, neighbour)
    neighbour.work()

    assert stored(world).status is OrderStatus.COMPLETED


@pytest.mark.parametrize("jump", JUMPS)
def test_a_dead_workers_order_counts_one_crash(world: World, neighbour: World, jump: int) -> None:
    neighbour.sweep()
    place(world)
    vanish_while_processing(world)

    world.clock.jump(seconds=jump)
    let_pass(5 * LEASE_SECONDS, neighbour)

    assert stored(world).crashes == 1


@pytest.mark.parametrize("jump", JUMPS)
def test_an_order_in_a_queue_is_started_once(world: World, neighbour: World, jump: int) -> None:
    world.process_with(ScriptedProcessor())
    world.container.held_orders().take(place(world))
    let_pass(7, world, neighbour)

    world.clock.jump(seconds=jump)
    let_pass(7, world, neighbour)
    neighbour.work()
    world.work()

    assert history(world) == DONE


@pytest.mark.parametrize("jump", JUMPS)
def test_an_order_that_waits_for_its_back_off_is_not_forgotten(world: World, jump: int) -> None:
    world.process_with(ScriptedProcessor(ValueError("no stock")))
    place(world)
    world.work()

    world.clock.jump(seconds=jump)
    let_pass(CAP_SECONDS, world)
    world.work()

    assert stored(world).status is OrderStatus.COMPLETED


@pytest.fixture
def abandoned(world: World, neighbour: World) -> World:
    """A sweeping process, beside one that just vanished with an order."""
    sweep_for(LEASE_SECONDS, neighbour)
    place(world)
    vanish_while_processing(world)
    return neighbour


def test_a_lease_that_has_passed_is_over(abandoned: World) -> None:
    sweep_for(LEASE_SECONDS, abandoned)

    assert stored(abandoned).status is OrderStatus.PENDING


def test_a_lease_that_the_clock_has_jumped_is_not_over(
    abandoned: World, caplog: pytest.LogCaptureFixture
) -> None:
    abandoned.clock.jump(seconds=LEASE_SECONDS)
    abandoned.sweep()

    assert stored(abandoned).status is OrderStatus.PROCESSING
    assert caplog.messages == ["the clock jumped by 15 s; nothing expires for one lease"]


def test_a_clock_that_is_corrected_by_a_little_is_believed(abandoned: World) -> None:
    abandoned.clock.jump(seconds=BEAT_SECONDS)
    sweep_for(LEASE_SECONDS - BEAT_SECONDS, abandoned)

    assert stored(abandoned).status is OrderStatus.PENDING
