"""ProcessingQueue in memory, for tests."""

from collections import deque
from collections.abc import Callable
from datetime import timedelta

from domain.order import Order


class InMemoryQueue:
    """Orders are processed by `drain`, in the caller's thread."""

    def __init__(self, window: int = 100) -> None:
        self._window = window
        self._waiting: deque[Order] = deque()
        self._closed = False

    def submit(self, order: Order) -> bool:
        if any(held.order_id == order.order_id for held in self._waiting):
            return not self._closed
        if self.free_slots() == 0:
            return False
        self._waiting.append(order)
        return True

    def free_slots(self) -> int:
        return 0 if self._closed else self._window - len(self._waiting)

    def close(self, grace: timedelta) -> bool:
        self._closed = True
        return True

    def drain(self, process: Callable[[Order], None]) -> int:
        """Process what waits, and what is submitted meanwhile; returns how many."""
        count = 0
        while self._waiting:
            process(self._waiting.popleft())
            count += 1
        return count
