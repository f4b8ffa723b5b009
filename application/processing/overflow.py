"""Overflow: whether due orders wait in the database because the queue has no room for them."""

from collections.abc import Callable

from application.ports import ProcessingQueue
from application.processing.gate import Gate


class Overflow:
    """While older orders wait, new ones wait behind them, so that none is overtaken for ever.

    So they do while the gate is narrow. `wake` lets the dispatcher run at once.
    """

    def __init__(self, gate: Gate, wake: Callable[[], None]) -> None:
        self._gate = gate
        self._wake = wake
        self._exists = False

    @property
    def exists(self) -> bool:
        """Whether there is one, as far as is known."""
        return self._exists

    def room_in(self, queue: ProcessingQueue) -> int:
        """How many new orders may go to the queue at once; where it has no room, notes that."""
        slots = queue.free_slots()
        if slots <= 0 or self._gate.is_narrow:
            self._exists = True
        return 0 if self._exists else slots

    def found_no_room(self) -> None:
        """The queue has refused an order."""
        self._exists = True

    def found_due(self, *, more_than_room: bool) -> None:
        """The dispatcher has looked, and takes as many due orders as the queue has room for."""
        self._exists = more_than_room

    def room_again(self) -> None:
        """The queue has room: dispatch what waits now, not only at the next round."""
        if self._exists and not self._gate.is_narrow:
            self._wake()
