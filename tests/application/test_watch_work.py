"""WatchWork: work that hangs is reported once, and workers that all hang are noticed."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from adapters.memory.orders import InMemoryOrderRepository
from application.ports import RepositoryUnavailable
from application.processing.breaker import FAILURES_IN_A_ROW
from application.processing.watch_work import WatchWork
from domain.events import CLIENT
from domain.flow import Flow
from domain.order import Order
from domain.transitions import OrderStatus
from tests.conftest import World
from tests.harness.builders import LEASE, START, an_order

PATIENCE_SECONDS = 300


@pytest.fixture
def watch(world: World) -> WatchWork:
    return world.container.watch_work()


def hold(world: World, order_id: str, *, at_work: bool) -> Order:
    order = an_order(order_id)
    held = order.start(START, LEASE, "me").new if at_work else order
    world.container.held_orders().put(held)
    return held


def look_after(world: World, watch: WatchWork, seconds: float) -> None:
    watch()
    world.clock.advance(seconds=seconds)
    watch()


def test_what_hangs_is_logged_once_with_its_order(
    world: World, watch: WatchWork, caplog: pytest.LogCaptureFixture
) -> None:
    hold(world, "slow", at_work=True)

    look_after(world, watch, PATIENCE_SECONDS)
    assert caplog.messages == []
    look_after(world, watch, 1)
    look_after(world, watch, 1)

    assert caplog.messages == ["order slow: attempt 1 still runs after 300 s"]


def test_what_ended_and_hangs_again_is_logged_again(
    world: World, watch: WatchWork, caplog: pytest.LogCaptureFixture
) -> None:
    held = hold(world, "slow", at_work=True)
    look_after(world, watch, PATIENCE_SECONDS + 1)
    world.container.held_orders().drop(held)
    watch()
    hold(world, "slow", at_work=True)

    look_after(world, watch, PATIENCE_SECONDS + 1)

    assert len(caplog.messages) == 2


def test_it_is_stuck_when_all_work_hangs_while_others_wait(world: World, watch: WatchWork) -> None:
    hold(world, "slow", at_work=True)
    hold(world, "waits", at_work=False)
    assert not watch.is_stuck  # before the first look

    look_after(world, watch, PATIENCE_SECONDS)
    assert not watch.is_stuck
    look_after(world, watch, 1)

    assert watch.is_stuck


def test_it_is_not_stuck_while_some_work_is_recent_or_nobody_waits(
    world: World, watch: WatchWork
) -> None:
    hold(world, "slow", at_work=True)
    look_after(world, watch, PATIENCE_SECONDS + 1)
    assert not watch.is_stuck  # nobody waits

    waits = hold(world, "waits", at_work=False)
    look_after(world, watch, PATIENCE_SECONDS + 1)
    assert watch.is_stuck

    hold(world, "recent", at_work=True)
    watch()
    assert not watch.is_stuck  # some worker took another

    world.container.held_orders().drop(waits)
    look_after(world, watch, PATIENCE_SECONDS + 1)
    assert not watch.is_stuck


class RepositoryInAnOutage(InMemoryOrderRepository):
    """Cannot be asked what is due."""

    def find_due(
        self, status: OrderStatus, *, now: datetime, horizon: datetime, limit: int
    ) -> list[Order]:
        raise RepositoryUnavailable


def all_hang(repository: InMemoryOrderRepository | None = None, **settings: str) -> World:
    """A process whose two workers are busy, before an order that waits in the store."""
    world = World(max_workers="2", **settings)
    if repository is not None:
        world.share(repository)
    world.repository.add([an_order("waits")])
    hold(world, "slow-1", at_work=True)
    hold(world, "slow-2", at_work=True)
    return world


def test_it_is_stuck_when_all_workers_hang_while_others_wait_in_the_store() -> None:
    world = all_hang()
    watch = world.container.watch_work()

    look_after(world, watch, PATIENCE_SECONDS)
    assert not watch.is_stuck
    look_after(world, watch, 1)
    assert watch.is_stuck

    (waits,) = world.repository.get_many(["waits"])
    world.repository.update([waits.cancel(world.clock.now())])
    watch()
    assert not watch.is_stuck


def pause(world: World) -> None:
    world.container.gate().follow(Flow().pause(world.clock.now(), CLIENT, None))


def lose_the_fulfilment_system(world: World) -> None:
    for _ in range(FAILURES_IN_A_ROW):
        world.container.breaker().failed(an_order(), "connection refused")


def free_a_worker(world: World) -> None:
    orders = world.container.held_orders()
    orders.drop(orders.all()[0])


def make_due_lately(world: World) -> None:
    (waits,) = world.repository.get_many(["waits"])
    world.repository.reschedule([waits], world.clock.now() + timedelta(seconds=2))


@pytest.mark.parametrize("why", [pause, lose_the_fulfilment_system, free_a_worker, make_due_lately])
def test_it_is_not_stuck_while_what_waits_in_the_store_has_another_reason(
    why: Callable[[World], None],
) -> None:
    world = all_hang()
    why(world)

    look_after(world, world.container.watch_work(), PATIENCE_SECONDS + 1)

    assert not world.container.watch_work().is_stuck


def test_attempts_within_their_limit_are_not_late() -> None:
    limit_seconds = 2 * PATIENCE_SECONDS
    world = all_hang(processing_timeout_seconds=f"{limit_seconds}")
    watch = world.container.watch_work()

    look_after(world, watch, limit_seconds)
    assert not watch.is_stuck
    look_after(world, watch, 1)

    assert watch.is_stuck


def test_the_store_is_asked_only_once_all_workers_are_late() -> None:
    world = all_hang(RepositoryInAnOutage())
    watch = world.container.watch_work()

    look_after(world, watch, PATIENCE_SECONDS)
    world.clock.advance(seconds=1)

    with pytest.raises(RepositoryUnavailable):
        watch()
    assert not watch.is_stuck  # nobody knows
