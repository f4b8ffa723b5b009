"""OrderProcessor: the simulated one, and the user's own in all the ways of writing a function."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from functools import partial, update_wrapper, wraps
from pathlib import Path

import pytest

from adapters.clock import ManualClock
from adapters.processors.function import AsyncFunctionProcessor, FunctionProcessor, load_processor
from adapters.processors.simulated import SimulatedProcessor
from application.ports import Accepted, AttemptFailed, OrderRejected, RetryLater
from domain.order import Order
from tests.harness.builders import an_order

worked_on: list[Order] = []


def remember(order: Order) -> None:
    """A user's own function."""
    worked_on.append(order)


def refuse(order: Order) -> None:
    """A user's own function that will not."""
    raise OrderRejected(f"not {order.order_id}")


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
wait_and_refuse_partial = partial(partial(wait_and_refuse_object))


@pytest.mark.parametrize(
    "name", ["wait_and_refuse", "wait_and_refuse_object", "wait_and_refuse_partial"]
)
def test_a_users_function_that_awaits_is_awaited(name: str) -> None:
    processor = load_processor(f"{__name__}:{name}")

    assert isinstance(processor, AsyncFunctionProcessor)
    with pytest.raises(OrderRejected, match="not mine"):
        asyncio.run(processor.process(an_order("mine")))


def without_saying_so(order: Order) -> object:
    """A plain function around one that awaits, as decorators make them."""
    return asyncio.sleep(0)


@pytest.mark.filterwarnings("ignore:coroutine")
def test_a_function_that_would_not_run_fails_its_orders() -> None:
    with pytest.raises(TypeError, match="async def"):
        load_plain("without_saying_so").process(an_order())


@wraps(wait_and_refuse)
def wrapped(order: Order) -> object:
    """A plain function around one that awaits, as decorators make them."""
    return wait_and_refuse(order)


wrapped_partial = partial(wrapped)


class Wrapped:
    """An object around a function that awaits, as decorators make them."""

    def __init__(self) -> None:
        update_wrapper(self, wait_and_refuse)

    def __call__(self, order: Order) -> object:
        return wait_and_refuse(order)


wrapped_object = Wrapped()


@pytest.mark.parametrize("name", ["wrapped", "wrapped_partial", "wrapped_object"])
def test_a_plain_wrapper_around_a_function_that_awaits_is_refused(name: str) -> None:
    with pytest.raises(ImportError, match="make the wrapper `async def` too"):
        load_processor(f"{__name__}:{name}")


@wraps(wait_and_refuse)
async def wrapped_well(order: Order) -> None:
    await wait_and_refuse(order)


def test_a_wrapper_that_awaits_is_awaited() -> None:
    assert isinstance(load_processor(f"{__name__}:wrapped_well"), AsyncFunctionProcessor)


@wraps(remember)
def wrapped_plain(order: Order) -> None:
    remember(order)


remember_method = worked_on.append
remember_partial = partial(wrapped_plain)


@pytest.mark.parametrize("name", ["wrapped_plain", "remember_method", "remember_partial"])
def test_what_wraps_nothing_that_awaits_is_called(name: str) -> None:
    worked_on.clear()

    load_plain(name).process(an_order())

    assert worked_on == [an_order()]


@pytest.mark.parametrize("name", ["WaitAndRefuse", "Order"])
def test_a_class_is_refused_for_calling_it_does_no_work(name: str) -> None:
    with pytest.raises(ImportError, match=f"{name} is a class; name a function"):
        load_processor(f"{__name__}:{name}")


def generate(order: Order) -> Iterator[None]:
    """Would do nothing when called."""
    yield


async def generate_later(order: Order) -> AsyncIterator[None]:
    """Would do nothing when called."""
    yield


class Generate:
    """Would do nothing when called."""

    def __call__(self, order: Order) -> Iterator[None]:
        yield


generate_object = Generate()


@pytest.mark.parametrize("name", ["generate", "generate_later", "generate_object"])
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


def test_so_many_of_the_simulated_attempts_fail_as_are_asked_for() -> None:
    processor = SimulatedProcessor(ManualClock(), 0, 0, failure_rate=0.5)

    async def attempt() -> bool:
        try:
            await processor.process(an_order())
        except AttemptFailed:
            return False
        return True

    async def attempt_often() -> list[bool]:
        return [await attempt() for _ in range(1_000)]

    assert 400 < sum(asyncio.run(attempt_often())) < 600  # in all but one of 10^9 runs


FILE = """
import beside_the_file
from application.ports import Accepted

def accept(order):
    beside_the_file.seen.append(order.order_id)
    return Accepted()

async def await_and_accept(order):
    return accept(order)
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file with functions, beside a module that it imports."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "beside_the_file.py").write_text("seen = []")
    (tmp_path / "json.py").write_text(FILE)  # a name that is taken
    return str(tmp_path / "json.py")


def test_a_function_in_a_file_is_called_and_may_import_what_is_beside_it(file: str) -> None:
    processor = load_processor(f"{file}:accept")

    assert isinstance(processor, FunctionProcessor)
    assert isinstance(processor.process(an_order("mine")), Accepted)
    assert sys.modules["beside_the_file"].seen == ["mine"]
    assert sys.modules["json"] is json


def test_a_function_in_a_file_may_await(file: str) -> None:
    processor = load_processor(f"{file}:await_and_accept")

    assert isinstance(processor, AsyncFunctionProcessor)
    assert isinstance(asyncio.run(processor.process(an_order())), Accepted)


def test_a_file_that_is_not_there_is_named_in_full() -> None:
    with pytest.raises(ImportError, match=r"there is no file /.*/no_such/file\.py"):
        load_processor("no_such/file.py:function")


def test_whatever_else_a_function_returns_means_that_the_work_is_done() -> None:
    assert FunctionProcessor(lambda _: "done").process(an_order()) is None
