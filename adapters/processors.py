"""OrderProcessors: a simulated delay, the user's own function, and one that follows a script."""

import functools
import importlib
import inspect
import random
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from application.ports import AsyncOrderProcessor, Clock, OrderProcessor
from domain.order import Order


class SimulatedProcessor:
    """Waits for a random time between two bounds, in seconds, and succeeds."""

    def __init__(self, clock: Clock, shortest_seconds: float, longest_seconds: float) -> None:
        self._clock = clock
        self._shortest_seconds = shortest_seconds
        self._longest_seconds = longest_seconds

    async def process(self, order: Order) -> None:
        seconds = random.uniform(self._shortest_seconds, self._longest_seconds)  # noqa: S311  # no secret
        if seconds > 0:
            await self._clock.wait(seconds)


class FunctionProcessor:
    """Calls the user's own function with the order; see OrderProcessor for what it may raise."""

    def __init__(self, function: Callable[[Order], object]) -> None:
        self._function = function

    def process(self, order: Order) -> None:
        if inspect.isawaitable(self._function(order)):  # it was wrapped, say: nothing has run
            raise TypeError("ORDERS_PROCESSOR returned an awaitable; declare it as `async def`")


class AsyncFunctionProcessor:
    """Awaits the user's own `async def` function."""

    def __init__(self, function: Callable[[Order], Awaitable[object]]) -> None:
        self._function = function

    async def process(self, order: Order) -> None:
        await self._function(order)


def load_processor(path: str) -> OrderProcessor | AsyncOrderProcessor:
    """The user's function, or object that is called, at "package.module:function".

    It blocks, or it is `async def`. Raises ImportError, which says what is wrong, or whatever the
    module's import raises.
    """
    module_name, _, function_name = path.partition(":")
    function: Any = getattr(importlib.import_module(module_name), function_name, None)
    if not callable(function):
        raise ImportError(f"module {module_name} has no function {function_name}")
    runs = _what_runs(function)
    if inspect.isclass(runs):
        raise ImportError(f"{path} is a class; name a function, or an object that can be called")
    if inspect.isgeneratorfunction(runs) or inspect.isasyncgenfunction(runs):
        raise ImportError(f"{path} would not run when called; make it a function without yield")
    if inspect.iscoroutinefunction(runs):
        return AsyncFunctionProcessor(function)
    if inspect.iscoroutinefunction(_what_runs(inspect.unwrap(_without_partial(function)))):
        # It may return what is to be awaited, or run it to its end: nothing says which.
        raise ImportError(
            f"{path} is a plain wrapper around an `async def`; make the wrapper `async def` too,"
            " or leave functools.wraps off if it blocks until all is done"
        )
    return FunctionProcessor(function)


def _what_runs(function: Any) -> Any:
    """The function, method or class behind what may be a partial, or an object that is called."""
    function = _without_partial(function)
    if inspect.isroutine(function) or inspect.isclass(function):
        return function
    return function.__call__


def _without_partial(function: Any) -> Any:
    while isinstance(function, functools.partial):
        function = function.func
    return function


class ScriptedProcessor:
    """Raises the given errors in turn, None for a success, then succeeds; remembers its orders."""

    def __init__(self, *outcomes: BaseException | None) -> None:
        self._outcomes = deque(outcomes)
        self.processed: list[Order] = []

    def process(self, order: Order) -> None:
        self.processed.append(order)
        outcome = self._outcomes.popleft() if self._outcomes else None
        if outcome is not None:
            raise outcome
