"""Backlog: whether due orders wait in the database because the queue has no room for them."""

from collections.abc import Callable

from application.ports import ProcessingQueue


class Backlog:
    """While older orders wait, new ones line up behind them, so that none is overtaken for ever."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self.exists = (
            False  # found out when orders are handed over, or when a new order had to be refused
        )

    def admits(self, queue: ProcessingQueue) -> bool:
        """Whether a new order may go to the queue at once."""
        if queue.free_slots() <= 0:
            self.exists = True
        return not self.exists

    def room_again(self) -> None:
        """The queue has room: fetch what waits now, not a period later."""
        if self.exists:
            self._wake()
