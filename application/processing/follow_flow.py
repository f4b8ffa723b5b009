"""FollowFlow: have this process obey the flow as it is stored; runs with every sweep."""

from collections.abc import Callable, Sequence

from application.ports import OrderFlow
from application.processing.gate import Gate
from application.processing.give_back import GiveBack
from domain.order import Order


class FollowFlow:
    """`take_waiting` takes the orders that have not begun out of the queue of this process.

    `wake` lets the dispatcher run at once.
    """

    def __init__(
        self,
        flow: OrderFlow,
        gate: Gate,
        take_waiting: Callable[[], Sequence[Order]],
        give_back: GiveBack,
        wake: Callable[[], None],
    ) -> None:
        self._flow = flow
        self._gate = gate
        self._take_waiting = take_waiting
        self._give_back = give_back
        self._wake = wake

    def __call__(self) -> None:
        """Read it; while the gate is narrow, give back what waits here. Raises RepositoryError."""
        is_new = self._gate.follow(self._flow.get())
        if self._gate.is_narrow and (waiting := self._take_waiting()):
            self._give_back(waiting)
        if is_new:
            self._wake()
