"""OrderProcessors that call the user's own function."""

import functools
import importlib
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from application.ports import AsyncOrderProcessor, OrderProcessor
from domain.order import Order


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
