"""Flow: what holds processing back, for all processes on a store: a pause, and limits."""

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Self

from domain.errors import InvalidLimit
from domain.events import Actor

MAX_RATE = 1_000_000  # starts in a second
RATE_DECIMALS = 3
MAX_AT_ONCE = 1_000_000
BURST = timedelta(seconds=1)  # of a rate, for which what was not used is kept
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The flow at one moment. While it is paused no order starts; those that run go on."""

    paused_at: datetime | None = None  # UTC; the next two say more of this pause
    paused_by: Actor | None = None
    pause_reason: str | None = None
    rate_per_second: float | None = None  # of starts
    at_once: int | None = None  # orders in Processing, parked ones among them
    used_until: datetime = _LONG_AGO  # starts have used up what the rate allows until then

    @property
    def is_paused(self) -> bool:
        """Whether nothing may start."""
        return self.paused_at is not None

    @property
    def is_restricted(self) -> bool:
        """Whether there is a pause, or any limit."""
        return self.is_paused or self.rate_per_second is not None or self.at_once is not None

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

    def limit(self, rate_per_second: Decimal | float | None, at_once: int | None) -> Self:
        """With these limits in place of those before, None for no limit. Raises InvalidLimit."""
        rate = None if rate_per_second is None else _checked_rate(rate_per_second)
        if at_once is not None and not 1 <= at_once <= MAX_AT_ONCE:
            raise InvalidLimit("at_once", f"must be from 1 to {MAX_AT_ONCE}")
        return replace(self, rate_per_second=rate, at_once=at_once)

    def room(self, wanted: int, processing: int, now: datetime) -> int:
        """How many of the `wanted` orders may start, while so many are Processing."""
        if self.is_paused:
            return 0
        if self.at_once is not None:
            wanted = min(wanted, self.at_once - processing)
        if self.rate_per_second is not None:
            unused = (now - self._used_until(now, self.rate_per_second)).total_seconds()
            wanted = min(wanted, math.floor(unused * self.rate_per_second + 1e-6))
        return max(0, wanted)

    def after_starts(self, number: int, now: datetime) -> Self:
        """So many orders have started."""
        rate = self.rate_per_second
        if rate is None:
            return self
        used = timedelta(seconds=number / rate)
        return replace(self, used_until=self._used_until(now, rate) + used)

    def _used_until(self, now: datetime, rate: float) -> datetime:
        """Not before the burst that may be kept, and not in a time that only a bad clock showed."""
        burst = max(BURST, timedelta(seconds=1 / rate))
        return now if self.used_until > now + burst else max(self.used_until, now - burst)


def _checked_rate(rate: Decimal | float) -> float:
    number = float(rate)
    smallest = 10**-RATE_DECIMALS
    if not smallest <= number <= MAX_RATE:  # not a number either
        raise InvalidLimit("rate_per_second", f"must be from {smallest} to {MAX_RATE}")
    if round(number, RATE_DECIMALS) != number:
        raise InvalidLimit("rate_per_second", f"must have at most {RATE_DECIMALS} decimals")
    return number
