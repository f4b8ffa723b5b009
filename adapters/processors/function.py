"""OrderProcessors that call the user's own function."""

import functools
import importlib.util
import inspect
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from application.ports import Accepted, AsyncOrderProcessor, OrderProcessor
from domain.order import Order


class FunctionProcessor:
    """Calls the user's own function with the order; see OrderProcessor for what it may raise."""

    def __init__(self, function: Callable[[Order], object]) -> None:
        self._function = function

    def process(self, order: Order) -> Accepted | None:
        result = self._function(order)
        if inspect.isawaitable(result):  # it was wrapped, say: nothing has run
            raise TypeError("ORDERS_PROCESSOR returned an awaitable; declare it as `async def`")
        return result if isinstance(result, Accepted) else None


class AsyncFunctionProcessor:
    """Awaits the user's own `async def` function."""

    def __init__(self, function: Callable[[Order], Awaitable[object]]) -> None:
        self._function = function

    async def process(self, order: Order) -> Accepted | None:
        result = await self._function(order)
        return result if isinstance(result, Accepted) else None


def load_processor(path: str) -> OrderProcessor | AsyncOrderProcessor:
    """The user's function, or object that is called, at "package.module:function".

    Or at "path/to/file.py:function", which may import what is beside it. It blocks, or it is `async
    def`. Raises ImportError, which says what is wrong, or whatever the module's import raises.
    """
    module_name, _, function_name = path.partition(":")
    is_file = module_name.endswith(".py")
    module = _run_file(Path(module_name)) if is_file else importlib.import_module(module_name)
    function: Any = getattr(module, function_name, None)
    if not callable(function):
        raise ImportError(f"{module_name} has no function {function_name}")
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


def _run_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise ImportError(f"there is no file {path.absolute()}")
    name = f"processor_in_{path.stem}"  # not that of a module, which it would replace
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None  # as for any name that ends in .py
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where dataclasses and pickle look for it
    sys.path.append(str(path.absolute().parent))  # at the end: it hides no other module
    spec.loader.exec_module(module)
    return module


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
