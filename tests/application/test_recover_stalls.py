"""RecoverOrders: when nobody could beat, silence proves nothing."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from adapters.clock import ManualClock
from adapters.memory import InMemoryOrderRepository
from adapters.processors import FunctionProcessor
from application.ports import RepositoryUnavailable
from domain.order import Order, OrderStatus
from tests.application.stories import (
    LEASE_SECONDS,
    a_neighbour_of,
    a_process,
    place,
    stored,
    vanish_while_processing,
)
from tests.conftest import World


class StallingRepository(InMemoryOrderRepository):
    """Its next write waits for so many seconds, and fails if it is told to."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self._clock = clock
        self.stall_seconds = 0.0
        self.fails = False

    def reschedule(
        self, orders: Sequence[Order], due_at: datetime, *, unmoved: bool = False
    ) -> list[bool]:
        stall_seconds, self.stall_seconds = self.stall_seconds, 0.0
        self._clock.advance(seconds=stall_seconds)
        if stall_seconds and self.fails:
            raise RepositoryUnavailable("locked")
        return super().reschedule(orders, due_at, unmoved=unmoved)


def test_a_live_order_is_not_expired_after_a_stall_in_which_nobody_could_beat() -> None:
    clock = ManualClock()
    repository = StallingRepository(clock)
    worker = a_process(repository, clock)
    sweeper = a_neighbour_of(worker)

    def stall() -> None:
        repository.stall_seconds = LEASE_SECONDS + 1
        sweeper.sweep()  # comes before the heartbeat, when the stall is over
        worker.beat()

    worker.process_with(FunctionProcessor(lambda order: stall()))
    place(worker)
    worker.work()

    assert (stored(worker).status, stored(worker).crashes) == (OrderStatus.COMPLETED, 0)


def test_a_stall_that_ends_in_an_error_counts_as_well() -> None:
    clock = ManualClock()
    repository = StallingRepository(clock)
    repository.fails = True
    worker = a_process(repository, clock)
    place(worker)
    vanish_while_processing(worker)
    sweeper = a_neighbour_of(worker)
    repository.stall_seconds = LEASE_SECONDS + 1

    with pytest.raises(RepositoryUnavailable):
        sweeper.sweep()
    sweeper.sweep()

    assert stored(worker).status is OrderStatus.PROCESSING


def test_after_a_stall_a_dead_workers_order_is_recovered_a_lease_later() -> None:
    clock = ManualClock()
    repository = StallingRepository(clock)
    worker = a_process(repository, clock)
    place(worker)
    vanish_while_processing(worker)
    sweeper = a_neighbour_of(worker)
    repository.stall_seconds = LEASE_SECONDS + 1
    sweeper.sweep()

    clock.advance(seconds=LEASE_SECONDS)
    sweeper.sweep()

    assert (stored(worker).status, stored(worker).crashes) == (OrderStatus.PENDING, 1)


@pytest.mark.parametrize("seconds", [3_600, 86_400])
def test_a_process_that_starts_just_after_a_jump_expires_no_live_order(
    world: World, seconds: float
) -> None:
    def jump_and_start_a_process() -> None:
        world.clock.jump(seconds=seconds)
        a_neighbour_of(world).sweep()
        world.beat()

    world.process_with(FunctionProcessor(lambda order: jump_and_start_a_process()))
    place(world)
    world.work()

    assert (stored(world).status, stored(world).crashes) == (OrderStatus.COMPLETED, 0)
