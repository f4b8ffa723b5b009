"""RecoverOrders: what silent workers held goes back, and what live ones hold stays."""

from collections.abc import Iterable
from datetime import timedelta

import pytest

from adapters.processors.function import FunctionProcessor
from application.processing.held_orders import AT_ONCE
from domain.order import Order
from domain.retry_policy import RetryPolicy
from domain.transitions import EventKind, OrderStatus
from tests.application.repositories import CountingRepository
from tests.application.stories import (
    CAP_SECONDS,
    LEASE_SECONDS,
    a_neighbour_of,
    a_process,
    history,
    place,
    stored,
    sweep_for,
    vanish_while_processing,
)
from tests.conftest import World
from tests.harness.builders import LEASE, START, an_order

SILENT = [EventKind.CREATED, EventKind.STARTED, EventKind.EXPIRED]
DONE = [EventKind.CREATED, EventKind.STARTED, EventKind.COMPLETED]


@pytest.fixture
def neighbour(world: World) -> World:
    """A process beside one that started an order and vanished."""
    place(world)
    vanish_while_processing(world)
    return a_neighbour_of(world)


def start_all(world: World, order_ids: Iterable[str], owner: str) -> list[Order]:
    """Orders that some process started and holds."""
    waiting = [an_order(order_id) for order_id in order_ids]
    starts = [order.start(START, LEASE, owner) for order in waiting]
    world.repository.add(waiting)
    world.repository.update(starts)
    return [start.new for start in starts]


def crash_after_crash(order_id: str, times: int, **settings: str) -> Order:
    """Every process that starts the order vanishes; returns what its neighbours made of it."""
    world = World(**settings)
    place(world, order_id)
    for _ in range(times):
        vanish_while_processing(world)
        world = a_neighbour_of(world, **settings)
        sweep_for(LEASE_SECONDS + CAP_SECONDS, world)  # until its back-off is over
    return stored(world, order_id)


def test_an_order_goes_back_when_its_lease_is_over(neighbour: World) -> None:
    sweep_for(LEASE_SECONDS, neighbour)

    assert history(neighbour) == SILENT


def test_an_order_stays_where_it_is_until_its_lease_is_over(neighbour: World) -> None:
    neighbour.clock.advance(seconds=LEASE_SECONDS - 0.001)

    neighbour.sweep()

    assert stored(neighbour).status is OrderStatus.PROCESSING


def test_a_silent_worker_is_counted_and_named(
    neighbour: World, caplog: pytest.LogCaptureFixture
) -> None:
    sweep_for(LEASE_SECONDS, neighbour)

    order = stored(neighbour)
    assert (order.crashes, order.failures, order.reason) == (1, 0, "attempt 1 went silent")
    assert caplog.messages == ["order ORD003: attempt 1 went silent; now Pending"]


def test_after_the_first_crash_an_order_is_worked_on_at_once(neighbour: World) -> None:
    sweep_for(LEASE_SECONDS, neighbour)

    neighbour.work()

    assert history(neighbour) == [*SILENT, EventKind.STARTED, EventKind.COMPLETED]


def test_after_the_second_crash_an_order_waits(neighbour: World) -> None:
    sweep_for(LEASE_SECONDS, neighbour)
    vanish_while_processing(neighbour)
    third = a_neighbour_of(neighbour)
    third.container.retry_policy.override(
        RetryPolicy(base=timedelta(seconds=3), jitter=lambda: 1.0)
    )
    third.begin_to_sweep()
    sweep_for(LEASE_SECONDS, third)

    assert stored(third).due_at == third.clock.now() + timedelta(seconds=6)


@pytest.mark.parametrize("max_crashes", [1, 3])
def test_an_order_fails_after_its_last_crash(max_crashes: int) -> None:
    order = crash_after_crash("poison", times=4, max_crashes=str(max_crashes))

    facts = order.status, order.crashes, order.reason
    assert facts == (OrderStatus.FAILED, max_crashes, f"attempt {max_crashes} went silent")


def test_an_order_that_may_crash_once_more_does_not_fail() -> None:
    order = crash_after_crash("unlucky", times=2, max_crashes="3")

    assert (order.status, order.crashes) == (OrderStatus.PENDING, 2)


def test_a_process_does_not_expire_what_it_holds_itself(world: World) -> None:
    def work_without_a_beat(order: Order) -> None:
        world.sweep()
        world.clock.advance(seconds=10 * LEASE_SECONDS)
        world.sweep()

    world.process_with(FunctionProcessor(work_without_a_beat))
    place(world)

    world.work()

    assert history(world) == DONE


def test_what_a_process_holds_does_not_hide_what_is_silent(world: World) -> None:
    held = start_all(world, (f"H{number}" for number in range(AT_ONCE)), "here")
    start_all(world, ("S1", "S2", "S3"), "gone")
    for order in held:
        world.container.held_orders().put(order)
    sweep_for(LEASE_SECONDS, world)

    assert world.views.totals().pending == 3


def test_one_sweep_expires_all_that_is_silent_in_parts_that_a_transaction_should_hold() -> None:
    repository = CountingRepository()
    world = a_process(repository)
    start_all(world, (f"S{number}" for number in range(2 * AT_ONCE + 1)), "gone")
    world.clock.advance(seconds=1)
    repository.updates.clear()

    sweep_for(LEASE_SECONDS, world)

    assert world.views.totals().processing == 0
    assert repository.updates == [AT_ONCE, AT_ONCE, 1]


def test_a_sweep_that_may_expire_nothing_ends(world: World) -> None:
    start_all(world, (f"S{number}" for number in range(AT_ONCE + 1)), "gone")
    world.clock.advance(seconds=10 * LEASE_SECONDS)  # a gap, after which holders are spared

    world.sweep()

    assert world.views.totals().processing == AT_ONCE + 1
