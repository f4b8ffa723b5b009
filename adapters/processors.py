"""OrderProcessors: a simulated delay, the user's own function, and one that follows a script."""

import importlib
import inspect
import random
from collections import deque
from collections.abc import Callable

from application.ports import Clock
from domain.order import Order


class SimulatedProcessor:
    """Waits for a random time between two bounds, in seconds, and succeeds."""

    def __init__(self, clock: Clock, shortest_seconds: float, longest_seconds: float) -> None:
        self._clock = clock
        self._shortest_seconds = shortest_seconds
        self._longest_seconds = longest_seconds

    def process(self, order: Order) -> None:
        seconds = random.uniform(self._shortest_seconds, self._longest_seconds)  # noqa: S311  # no secret
        if seconds > 0:
            self._clock.sleep(seconds)


class FunctionProcessor:
    """Calls the user's own function with the order; see OrderProcessor for what it may raise."""

    def __init__(self, function: Callable[[Order], object]) -> None:
        self._function = function

    @classmethod
    def load(cls, path: str) -> "FunctionProcessor":
        """From "package.module:function".

        Raises ImportError, which says what is wrong, or whatever the module's import raises.
        """
        module_name, _, function_name = path.partition(":")
        module = importlib.import_module(module_name)
        function = getattr(module, function_name, None)
        if not callable(function):
            raise ImportError(f"module {module_name} has no function {function_name}")
        if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
            raise ImportError(f"{path} would not run when called; make it a plain function")
        return cls(function)

    def process(self, order: Order) -> None:
        self._function(order)


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
