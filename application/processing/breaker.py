"""Breaker: while the fulfilment system does not answer, one order at a time tries here."""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from application.ports import Clock
from application.processing.gate import Gate
from application.processing.held_orders import HeldOrders
from domain.order import Order

log = logging.getLogger(__name__)

FAILURES_IN_A_ROW = 5
SHORTEST = timedelta(seconds=1)  # from one probe to the next; doubled each time
LONGEST = timedelta(seconds=30)


class Breaker:
    """Opens when attempts in a row had no answer; closes when somebody answers.

    While it is open the gate is narrow, and probes go through: single orders, at growing
    intervals. So an outage costs neither attempts of orders nor a call for each of them. Known to
    this process alone, and to no other after it. `wake` lets the dispatcher run at once. For any
    thread.
    """

    def __init__(
        self, gate: Gate, held_orders: HeldOrders, clock: Clock, wake: Callable[[], None]
    ) -> None:
        self._gate = gate
        self._held = held_orders
        self._clock = clock
        self._wake = wake
        self._lock = threading.Lock()
        self.open_since: datetime | None = None
        self._in_a_row = 0
        self._interval = SHORTEST
        self._probe_at = 0.0  # monotonic seconds
        self._probe: Order | None = None

    def failed(self, order: Order, reason: str) -> None:
        """Its processor found nobody, or nobody behind a gateway."""
        with self._lock:
            self._in_a_row += 1
            if self.open_since is None and self._in_a_row >= FAILURES_IN_A_ROW:
                self._open(reason)
            elif self._is_probe(order):
                self._interval = min(2 * self._interval, LONGEST)
                self._probe_at = self._clock.monotonic() + self._interval.total_seconds()

    def reached(self) -> None:
        """Somebody has answered, whatever it was about the order."""
        if not self._in_a_row:  # without the lock: it is asked for each order
            return
        with self._lock:
            self._in_a_row = 0
            if self.open_since is None:
                return
            seconds = (self._clock.now() - self.open_since).total_seconds()
            self.open_since = self._probe = None
            self._gate.narrow(is_narrowed=False)
        log.warning("the fulfilment system answers again, after %.0f s; orders start", seconds)
        self._wake()

    def room(self, wanted: int) -> int:
        """How many due orders may be looked for, of so many that there would be room for."""
        with self._lock:
            if self.open_since is None:
                return wanted
            is_waited_for = self._probe is not None and self._held.holds(self._probe)
            is_time = self._clock.monotonic() >= self._probe_at
            return min(wanted, 1) if is_time and not is_waited_for else 0

    def note_started(self, started: Sequence[Order]) -> None:
        """These have been started; while it is open, as a probe."""
        with self._lock:
            if self.open_since is not None and started:
                self._probe = started[-1]
                self._probe_at = self._clock.monotonic() + self._interval.total_seconds()

    def wait(self) -> timedelta:
        """After how long an order that could not start is worth another try."""
        with self._lock:
            if self.open_since is None:
                return timedelta(0)
            left = timedelta(seconds=self._probe_at - self._clock.monotonic())
            return max(left, SHORTEST)

    def _open(self, reason: str) -> None:
        self.open_since = self._clock.now()
        self._interval = SHORTEST
        self._probe_at = self._clock.monotonic() + SHORTEST.total_seconds()
        self._gate.narrow(is_narrowed=True)
        log.warning(
            "the fulfilment system seems to be down, after %d attempts in a row (%s);"
            " no orders start here but one at a time, until one gets through",
            self._in_a_row,
            reason,
        )

    def _is_probe(self, order: Order) -> bool:
        probe = self._probe
        return probe is not None and (order.order_id, order.attempt) == (
            probe.order_id,
            probe.attempt,
        )
