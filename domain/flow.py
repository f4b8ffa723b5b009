"""Flow: what holds processing back, for all processes on a store: a pause, and limits."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Self

from domain.events import Actor
from domain.limits import NO_LIMITS, Limits

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The flow at one moment. While it is paused no order starts; those that run go on."""

    paused_at: datetime | None = None  # UTC; the next two say more of this pause
    paused_by: Actor | None = None
    pause_reason: str | None = None
    limits: Limits = NO_LIMITS  # of all together; parked orders count
    user_limits: Limits = NO_LIMITS  # of each user
    used_until: datetime = LONG_AGO  # see Limits

    @property
    def is_paused(self) -> bool:
        """Whether nothing may start."""
        return self.paused_at is not None

    @property
    def is_restricted(self) -> bool:
        """Whether there is a pause, or any limit."""
        return self.is_paused or self.limits.exist or self.user_limits.exist

    def is_like(self, other: Self) -> bool:
        """Whether the same is paused and limited; how much of the rate is used does not count."""
        return replace(self, used_until=other.used_until) == other

    def pause(self, now: datetime, actor: Actor, reason: str | None) -> Self:
        """Somebody lets nothing start; of two pauses the first one stays."""
        if self.is_paused:
            return self
        return replace(self, paused_at=now, paused_by=actor, pause_reason=reason)

    def resume(self) -> Self:
        """The pause, if any, is over; limits stay."""
        return replace(self, paused_at=None, paused_by=None, pause_reason=None)

    def limit(self, limits: Limits, user_limits: Limits = NO_LIMITS) -> Self:
        """With these limits in place of those before."""
        return replace(self, limits=limits, user_limits=user_limits)

    def room(self, wanted: int, processing: int, now: datetime) -> int:
        """How many of the `wanted` orders may start, while so many are Processing."""
        if self.is_paused:
            return 0
        return self.limits.room(wanted, processing, self.used_until, now)

    def after_starts(self, number: int, now: datetime) -> Self:
        """So many orders have started."""
        if self.limits.rate_per_second is None:
            return self
        return replace(self, used_until=self.limits.used_after(number, self.used_until, now))
