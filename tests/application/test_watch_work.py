"""WatchWork: work that hangs is reported once, and workers that all hang are noticed."""

import pytest

from application.processing.watch_work import WatchWork
from domain.order import Order
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
