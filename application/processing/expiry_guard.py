"""ExpiryGuard: whether an order whose lease has ended may be taken for one whose holder is gone."""

import logging
from datetime import datetime, timedelta

from application.ports import Clock

log = logging.getLogger(__name__)


class ExpiryGuard:
    """Silence proves nothing while no heartbeat could be stored.

    After a start, after a gap between two sweeps that succeeded, and after a jump of the clock,
    live holders have one lease in which to send one before anything expires. `period` is the time
    from one sweep to the next.
    """

    def __init__(self, clock: Clock, lease: timedelta, period: timedelta) -> None:
        self._clock = clock
        self._lease = lease
        # At most half a lease, as `period` is at most a third: time for a heartbeat at least.
        self._longest_gap = max(lease / 3, 1.5 * period).total_seconds()
        self.longest_lease = lease  # that any process may be using
        self._wall_offset = self._wall_offset_at(clock.now())
        self._swept_at = clock.monotonic()  # the last sweep that succeeded
        self._expires_from = self._swept_at + lease.total_seconds()

    def begin_sweep(self, lease_in_use: timedelta) -> datetime:
        """After a write that succeeded. Returns the time now; raises RepositoryUnavailable."""
        self.longest_lease = max(self._lease, lease_in_use)
        gap = self._clock.monotonic() - self._swept_at
        if gap > self._longest_gap:
            log.warning("no good sweep for %.0f s; nothing expires for one lease", gap)
            self._spare_holders_for_a_lease()
        return self._read_clock()

    def may_expire(self) -> bool:
        """Whether what this sweep found silent may expire.

        Reads the clock again: one that was set back since the sweep began makes a fresh deadline
        look old. Raises RepositoryUnavailable.
        """
        if self._are_holders_spared():
            return False
        self._read_clock()
        return not self._are_holders_spared()

    def end_sweep(self) -> None:
        """The sweep succeeded."""
        self._swept_at = self._clock.monotonic()

    def _read_clock(self) -> datetime:
        """A fresh reading; a jump since the last one makes live leases look old."""
        self._clock.sync()
        now = self._clock.now()
        offset = self._wall_offset_at(now)
        jumped = abs(offset - self._wall_offset)
        self._wall_offset = offset
        if jumped > self._lease.total_seconds() / 3:
            log.warning("the clock jumped by %.0f s; nothing expires for one lease", jumped)
            self._spare_holders_for_a_lease()
        return now

    def _spare_holders_for_a_lease(self) -> None:
        self._expires_from = self._clock.monotonic() + self.longest_lease.total_seconds()

    def _are_holders_spared(self) -> bool:
        return self._clock.monotonic() < self._expires_from

    def _wall_offset_at(self, now: datetime) -> float:
        return now.timestamp() - self._clock.monotonic()
