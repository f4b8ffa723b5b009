"""Backlog: whether due orders wait in the database because the queue has no room for them."""

from collections.abc import Callable

from application.ports import ProcessingQueue


class Backlog:
    """While older orders wait, new ones line up behind them, so that none is overtaken for ever."""

    def __init__(self, wake_sweeper: Callable[[], None]) -> None:
        self._wake_sweeper = wake_sweeper
        self.exists = False  # found out by the sweeper, or when a new order had to be refused

    def admits(self, queue: ProcessingQueue) -> bool:
        """Whether a new order may go to the queue at once."""
        if queue.free_slots() <= 0:
            self.exists = True
        return not self.exists

    def room_again(self) -> None:
        """The queue has room: fetch what waits now, not at the next sweep."""
        if self.exists:
            self._wake_sweeper()
