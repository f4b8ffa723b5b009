"""Clock: what every one of them promises."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from adapters.clock import ManualClock, SystemClock
from adapters.sql.databases.database_clock import DatabaseClock
from application.ports import Clock


def make_database_clock() -> Clock:
    return DatabaseClock(lambda: datetime.now(UTC), SystemClock())


@pytest.fixture(params=[SystemClock, ManualClock, make_database_clock])
def clock(request: pytest.FixtureRequest) -> Clock:
    make: Callable[[], Clock] = request.param
    return make()


def test_a_clock_tells_utc(clock: Clock) -> None:
    assert clock.now().tzinfo is UTC


def test_sleeping_takes_that_long(clock: Clock) -> None:
    wall, monotonic = clock.now(), clock.monotonic()

    clock.sleep(0.01)

    assert clock.monotonic() - monotonic >= 0.01
    assert clock.now() - wall >= timedelta(seconds=0.009)  # the wall clock may be slewed


def test_waiting_takes_that_long_and_lets_others_go_on_meanwhile(clock: Clock) -> None:
    happened: list[str] = []

    async def wait() -> None:
        happened.append("begins")
        await clock.wait(0.01)
        happened.append("ends")

    async def wait_side_by_side() -> None:
        await asyncio.gather(wait(), wait())

    began = clock.monotonic()
    asyncio.run(wait_side_by_side())

    assert clock.monotonic() - began >= 0.01
    assert happened == ["begins", "begins", "ends", "ends"]


def test_waits_side_by_side_take_as_long_as_the_longest() -> None:
    clock = ManualClock()

    async def wait_side_by_side() -> None:
        await asyncio.gather(clock.wait(3), clock.wait(5), clock.wait(4))

    asyncio.run(wait_side_by_side())

    assert clock.monotonic() == 5


def test_a_jump_moves_the_wall_clock_only() -> None:
    clock = ManualClock()
    wall, monotonic = clock.now(), clock.monotonic()

    clock.jump(seconds=-3600)

    assert clock.now() == wall - timedelta(hours=1)
    assert clock.monotonic() == monotonic
