"""RecoverOrders: when nobody could beat, silence proves nothing."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from adapters.clock import ManualClock
from adapters.memory.orders import InMemoryOrderRepository
from adapters.processors.function import FunctionProcessor
from application.ports import RepositoryUnavailable
from domain.order import Order
from domain.transitions import OrderStatus
from tests.application.stories import (
    LEASE_SECONDS,
    a_neighbour_of,
    a_process,
    place,
    stored,
    sweep_for,
    vanish_while_processing,
)
from tests.conftest import World
from tests.harness.builders import LEASE


class Outages(InMemoryOrderRepository):
    """Nobody can write while it is away; calls either fail at once, or hang and are served late."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self._clock = clock
        self.is_away = False
        self.hangs_seconds = 0.0  # of the next write
        self.longest_lease = timedelta(0)
        self.before_reading: Callable[[], None] = lambda: None  # once

    def probe(self, at: datetime) -> timedelta:
        self._write()
        return self.longest_lease

    def reschedule(
        self, orders: Sequence[Order], due_at: datetime, *, if_due_at_unchanged: bool = False
    ) -> list[bool]:
        self._write()
        return super().reschedule(orders, due_at, if_due_at_unchanged=if_due_at_unchanged)

    def find_due(
        self, status: OrderStatus, *, now: datetime, horizon: datetime, limit: int
    ) -> list[Order]:
        before_reading, self.before_reading = self.before_reading, lambda: None
        before_reading()
        return super().find_due(status, now=now, horizon=horizon, limit=limit)

    def _write(self) -> None:
        hung_seconds, self.hangs_seconds = self.hangs_seconds, 0.0
        self._clock.advance(seconds=hung_seconds)
        if self.is_away:
            raise RepositoryUnavailable("connection refused")


@pytest.fixture
def repository() -> Outages:
    return Outages(ManualClock())


@pytest.fixture
def worker(repository: Outages) -> World:
    return a_process(repository, repository._clock)


@pytest.fixture
def sweeper(worker: World) -> World:
    """Another process, which has been sweeping for some time."""
    sweeper = a_neighbour_of(worker)
    sweep_for(LEASE_SECONDS, sweeper)
    return sweeper


def work_during(worker: World, outage: Callable[[], None]) -> Order:
    """What becomes of an order that is worked on all the while."""
    worker.process_with(FunctionProcessor(lambda order: outage()))
    place(worker)
    worker.work()
    return stored(worker)


def test_after_an_outage_that_failed_each_sweep_a_live_holder_beats_first(
    repository: Outages, worker: World, sweeper: World
) -> None:
    def outage() -> None:
        repository.is_away = True
        for _ in range(LEASE_SECONDS + 3):
            with pytest.raises(RepositoryUnavailable):
                sweep_for(1, sweeper)
        repository.is_away = False
        sweep_for(1, sweeper)  # before the heartbeat
        worker.beat()
        sweep_for(LEASE_SECONDS - 1, sweeper)

    order = work_during(worker, outage)

    assert (order.status, order.crashes) == (OrderStatus.COMPLETED, 0)


@pytest.mark.parametrize("fails", [False, True])
def test_after_a_stall_in_which_nobody_could_write_a_live_holder_beats_first(
    repository: Outages, worker: World, sweeper: World, fails: bool
) -> None:
    def stall() -> None:
        repository.hangs_seconds, repository.is_away = LEASE_SECONDS + 1, fails
        with suppress(RepositoryUnavailable):
            sweeper.sweep()
        repository.is_away = False
        sweeper.sweep()
        worker.beat()

    order = work_during(worker, stall)

    assert (order.status, order.crashes) == (OrderStatus.COMPLETED, 0)


def test_after_a_gap_between_two_sweeps_a_live_holder_beats_first(
    worker: World, sweeper: World
) -> None:
    def freeze() -> None:  # the whole machine: neither beats nor sweeps
        worker.clock.advance(seconds=LEASE_SECONDS + 1)
        sweeper.sweep()
        worker.beat()

    order = work_during(worker, freeze)

    assert (order.status, order.crashes) == (OrderStatus.COMPLETED, 0)


def test_a_process_that_has_just_started_lets_live_holders_beat_first(worker: World) -> None:
    def outlive_a_lease() -> None:
        worker.clock.advance(seconds=LEASE_SECONDS)  # while no other process ran
        starting = a_neighbour_of(worker)
        sweep_for(LEASE_SECONDS - 1, starting)
        worker.beat()

    order = work_during(worker, outlive_a_lease)

    assert (order.status, order.crashes) == (OrderStatus.COMPLETED, 0)


def test_after_an_outage_a_dead_workers_order_is_recovered_a_lease_later(
    repository: Outages, worker: World, sweeper: World
) -> None:
    place(worker)
    vanish_while_processing(worker)
    repository.hangs_seconds = LEASE_SECONDS + 1
    sweeper.sweep()

    sweep_for(LEASE_SECONDS, sweeper)

    assert (stored(worker).status, stored(worker).crashes) == (OrderStatus.PENDING, 1)


@pytest.mark.parametrize("seconds", [2, 3, LEASE_SECONDS])
def test_sweeps_that_fail_now_and_then_do_not_put_recovery_off(
    repository: Outages, worker: World, sweeper: World, seconds: int
) -> None:
    place(worker)
    vanish_while_processing(worker)

    for second in range(LEASE_SECONDS + 1):
        repository.is_away = second % seconds == 0
        with suppress(RepositoryUnavailable):
            sweep_for(1, sweeper)

    assert stored(worker).status is OrderStatus.PENDING


def test_after_a_gap_the_longest_lease_in_use_is_waited_for(repository: Outages) -> None:
    slow = a_process(repository, repository._clock, lease_seconds=str(4 * LEASE_SECONDS))
    hasty = a_neighbour_of(slow)
    repository.longest_lease = 4 * LEASE
    sweep_for(LEASE_SECONDS, hasty)

    def jump_between_two_beats() -> None:
        slow.clock.jump(seconds=3_600)
        sweep_for(LEASE_SECONDS + 4, hasty)  # the next beat comes after twenty seconds
        slow.beat()
        sweep_for(3 * LEASE_SECONDS, hasty)

    order = work_during(slow, jump_between_two_beats)

    assert (order.status, order.crashes) == (OrderStatus.COMPLETED, 0)


def test_sweeps_that_come_as_seldom_as_settings_allow_are_no_gap(worker: World) -> None:
    seldom = a_neighbour_of(worker, sweep_seconds=str(LEASE_SECONDS / 3))
    place(worker)
    vanish_while_processing(worker)

    for _ in range(3):
        worker.clock.advance(seconds=LEASE_SECONDS / 3)
        seldom.sweep()

    assert stored(worker).status is OrderStatus.PENDING


@pytest.mark.parametrize(("sweep_seconds", "longest_gap"), [("1", 5), ("5", 7.5)])
def test_a_gap_is_over_a_third_of_a_lease_and_over_one_and_a_half_sweeps(
    sweep_seconds: str, longest_gap: float, caplog: pytest.LogCaptureFixture
) -> None:
    world = World(sweep_seconds=sweep_seconds).begin_to_sweep()

    world.clock.advance(seconds=longest_gap)
    world.sweep()
    assert caplog.messages == []
    world.clock.advance(seconds=longest_gap + 1)
    world.sweep()

    gap = f"{longest_gap + 1:.0f}"
    assert caplog.messages == [f"no good sweep for {gap} s; nothing expires for one lease"]


def test_a_clock_that_goes_back_just_before_a_sweep_reads_expires_no_live_order(
    repository: Outages, worker: World, sweeper: World
) -> None:
    def go_back() -> None:  # the holder knows of it at once, and beats by the new time
        worker.clock.jump(seconds=-3_600)
        worker.beat()

    def sweep_across() -> None:
        repository.before_reading = go_back
        sweeper.sweep()

    order = work_during(worker, sweep_across)

    assert (order.status, order.crashes) == (OrderStatus.COMPLETED, 0)


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
