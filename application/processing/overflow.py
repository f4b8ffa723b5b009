"""Overflow: whether due orders wait in the database because the queue has no room for them."""

from collections.abc import Callable

from application.ports import ProcessingQueue


class Overflow:
    """While older orders wait, new ones wait behind them, so that none is overtaken for ever.

    `wake` lets the dispatcher run at once.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self.exists = False  # noted when orders are dispatched, and when a new one finds no room

    def admits(self, queue: ProcessingQueue) -> bool:
        """Whether a new order may go to the queue at once."""
        if queue.free_slots() <= 0:
            self.exists = True
        return not self.exists

    def room_again(self) -> None:
        """The queue has room: dispatch what waits now, not only at the next round."""
        if self.exists:
            self._wake()
