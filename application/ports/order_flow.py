"""OrderFlow: where it is kept how processing is held back."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from application.ports.kept_answers import Once
from domain.flow import Flow


class OrderFlow(Protocol):
    """One Flow for all processes on the store, kept until it is changed; at first unrestricted.

    Blocks and raises as OrderRepository does.
    """

    def get(self) -> Flow:
        """The flow as stored now."""

    def admits(self, user_id: int, now: datetime) -> bool:
        """Whether the limits of each user let an order more of this one start."""

    def change(self, step: Callable[[Flow], Flow], once: Once | None = None) -> Flow:
        """Store what `step` makes of the flow, and return it, on disk by then.

        Of two changes at once, the second gets what the first has stored; starts that obey the
        flow come before or after it. `step` may be called more than once. Raises what it does, and
        KeyUsed when there is an answer for the key of `once`; else that answer is stored with it.
        """
