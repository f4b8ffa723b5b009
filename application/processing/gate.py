"""Gate: what this process may start, and by which way, by the flow as it was last read."""

import math

from domain.flow import Flow

PACE_SECONDS = 0.1  # between two looks for due orders, at least, while a rate is kept


class Gate:
    """While it is narrow, an order starts only when it is due and AdvanceOrders finds it.

    So the store can count the starts of all processes, and the oldest orders go first. It is
    narrow, too, until the flow has been read for the first time. For any thread.
    """

    def __init__(self) -> None:
        self.is_narrow = True  # a plain attribute: it is asked for each order
        self._flow: Flow | None = None

    def follow(self, flow: Flow) -> bool:
        """Obey the flow, which is stored now. Returns whether it is another than before."""
        known, self._flow = self._flow, flow
        self.is_narrow = flow.is_restricted
        return known is None or not known.is_like(flow)

    def room(self, wanted: int) -> int:
        """How many due orders may be looked for, of so many that there would be workers for."""
        return 0 if self._flow is not None and self._flow.is_paused else wanted

    @property
    def pace_seconds(self) -> float:
        """How long to wait after a look that has found orders, unless others end before."""
        if self._flow is None:
            return 0.0
        rate = self._flow.rate_per_second
        return math.inf if rate is None else max(PACE_SECONDS, 1 / rate)
