"""OrderProcessor for tests: it does what it is told."""

from collections import deque

from domain.order import Order


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
