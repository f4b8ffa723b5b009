"""Gate: what this process may start, and by which way, by the flow as it was last read."""

import math

from domain.flow import Flow

PACE_SECONDS = 0.1  # between two looks for due orders, while a rate or users' limits are kept


class Gate:
    """While it is narrow, an order starts only when it is due and AdvanceOrders finds it.

    So the store can count the starts of all processes, and the oldest orders go first. It is
    narrow, too, until the flow has been read for the first time, and while the breaker is open.
    For any thread.
    """

    def __init__(self) -> None:
        self.is_narrow = True  # a plain attribute: it is asked for each order
        self._flow: Flow | None = None
        self._is_narrowed = False

    def follow(self, flow: Flow) -> bool:
        """Obey the flow, which is stored now. Returns whether it is another than before."""
        known, self._flow = self._flow, flow
        self._update()
        return known is None or not known.is_like(flow)

    def narrow(self, *, is_narrowed: bool) -> None:
        """Be narrow, whatever the flow says, until further notice."""
        self._is_narrowed = is_narrowed
        self._update()

    def room(self, wanted: int) -> int:
        """How many due orders may be looked for, of so many that there would be workers for."""
        return 0 if self._flow is not None and self._flow.is_paused else wanted

    def pause_after(self, started: int) -> float:
        """How many seconds to wait after a look that started so many, unless others end before."""
        if self._flow is None:
            return 0.0 if started else math.inf
        if self._flow.user_limits.exist:  # behind those that were passed over, others are due
            return PACE_SECONDS
        rate = self._flow.limits.rate_per_second
        return max(PACE_SECONDS, 1 / rate) if started and rate is not None else math.inf

    def _update(self) -> None:
        self.is_narrow = self._flow is None or self._flow.is_restricted or self._is_narrowed
