"""Clock and OrderProcessor: what every one of them promises."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, timedelta

import pytest

from adapters.clock import ManualClock, SystemClock
from adapters.processors import (
    AsyncFunctionProcessor,
    FunctionProcessor,
    SimulatedProcessor,
    load_processor,
)
from application.ports import Clock, OrderRejected, RetryLater
from domain.order import Order
from tests.harness.builders import an_order

worked_on: list[Order] = []


def remember(order: Order) -> None:
    """A user's own function."""
    worked_on.append(order)


def refuse(order: Order) -> None:
    """A user's own function that will not."""
    raise OrderRejected(f"not {order.order_id}")


@pytest.fixture(params=[SystemClock, ManualClock])
def clock(request: pytest.FixtureRequest) -> Clock:
    made: Clock = request.param()
    return made


def test_a_clock_tells_utc(clock: Clock) -> None:
    assert clock.now().tzinfo is UTC


def test_sleeping_takes_that_long(clock: Clock) -> None:
    wall, monotonic = clock.now(), clock.monotonic()

    clock.sleep(0.01)

    assert clock.monotonic() - monotonic >= 0.01
    assert clock.now() - wall >= timedelta(seconds=0.009)  # the wall clock may be slewed


def test_a_jump_moves_the_wall_clock_only() -> None:
    clock = ManualClock()
    wall, monotonic = clock.now(), clock.monotonic()

    clock.jump(seconds=-3600)

    assert clock.now() == wall - timedelta(hours=1)
    assert clock.monotonic() == monotonic


def test_the_simulated_delay_is_within_its_bounds() -> None:
    clock = ManualClock()
    processor = SimulatedProcessor(clock, 3, 7)

    for number in range(100):
        before = clock.monotonic()
        asyncio.run(processor.process(an_order(f"o{number}")))
        assert 3 <= clock.monotonic() - before <= 7


def load_plain(name: str) -> FunctionProcessor:
    processor = load_processor(f"{__name__}:{name}")
    assert isinstance(processor, FunctionProcessor)
    return processor


def test_a_users_function_gets_the_order() -> None:
    worked_on.clear()

    load_plain("remember").process(an_order("mine"))

    assert [order.order_id for order in worked_on] == ["mine"]


def test_what_a_users_function_raises_comes_through() -> None:
    with pytest.raises(OrderRejected, match="not mine"):
        load_plain("refuse").process(an_order("mine"))


async def wait_and_refuse(order: Order) -> None:
    """A user's own function that awaits."""
    await asyncio.sleep(0)
    refuse(order)


class WaitAndRefuse:
    """A user's own object that is called, and awaits."""

    async def __call__(self, order: Order) -> None:
        await wait_and_refuse(order)


wait_and_refuse_object = WaitAndRefuse()


@pytest.mark.parametrize("name", ["wait_and_refuse", "wait_and_refuse_object"])
def test_a_users_function_that_awaits_is_awaited(name: str) -> None:
    processor = load_processor(f"{__name__}:{name}")

    assert isinstance(processor, AsyncFunctionProcessor)
    with pytest.raises(OrderRejected, match="not mine"):
        asyncio.run(processor.process(an_order("mine")))


def wrapped(order: Order) -> object:
    """A plain function around one that awaits, as decorators make them."""
    return asyncio.sleep(0)


@pytest.mark.filterwarnings("ignore:coroutine")
def test_a_function_that_would_not_run_fails_its_orders() -> None:
    with pytest.raises(TypeError, match="async def"):
        load_plain("wrapped").process(an_order())


def generate(order: Order) -> Iterator[None]:
    """Would do nothing when called."""
    yield


async def generate_later(order: Order) -> AsyncIterator[None]:
    """Would do nothing when called."""
    yield


@pytest.mark.parametrize("name", ["generate", "generate_later"])
def test_a_function_that_would_not_run_is_refused(name: str) -> None:
    with pytest.raises(ImportError, match="would not run"):
        load_processor(f"{__name__}:{name}")


def test_a_wait_must_have_a_unit() -> None:
    with pytest.raises(TypeError, match="timedelta"):
        RetryLater("closed", 30)  # type: ignore[arg-type]  # what a user may write


@pytest.mark.parametrize("path", ["no_such_module:f", f"{__name__}:no_such_function"])
def test_a_function_that_is_not_there_is_named(path: str) -> None:
    with pytest.raises(ImportError, match="no_such"):
        load_processor(path)
