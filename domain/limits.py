"""Limits: how many orders start in a second, and how many are in processing at once."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.errors import InvalidLimit

MAX_RATE = 1_000_000  # starts in a second
RATE_DECIMALS = 3
MAX_AT_ONCE = 1_000_000
BURST = timedelta(seconds=1)  # of a rate, for which what was not used is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """None for no limit. Raises InvalidLimit.

    A rate is a token bucket that is one time, `used_until`: starts have used up what the rate
    allows until then.
    """

    rate_per_second: float | None = None
    at_once: int | None = None

    def __post_init__(self) -> None:
        rate, smallest = self.rate_per_second, 10**-RATE_DECIMALS
        if rate is not None and not smallest <= rate <= MAX_RATE:  # not a number either
            raise InvalidLimit("rate_per_second", f"must be from {smallest} to {MAX_RATE}")
        if rate is not None and round(rate, RATE_DECIMALS) != rate:
            raise InvalidLimit("rate_per_second", f"must have at most {RATE_DECIMALS} decimals")
        if self.at_once is not None and not 1 <= self.at_once <= MAX_AT_ONCE:
            raise InvalidLimit("at_once", f"must be from 1 to {MAX_AT_ONCE}")

    @property
    def exist(self) -> bool:
        """Whether there is any limit."""
        return self.rate_per_second is not None or self.at_once is not None

    @property
    def burst(self) -> timedelta:
        """For how long what a rate allows is kept: one start at least."""
        return BURST if self.rate_per_second is None else max(BURST, _each(self.rate_per_second))

    def room(self, wanted: int, processing: int, used_until: datetime, now: datetime) -> int:
        """How many of the `wanted` orders may start, while so many are Processing."""
        if self.at_once is not None:
            wanted = min(wanted, self.at_once - processing)
        if self.rate_per_second is not None:
            unused = (now - self._used_until(used_until, now)).total_seconds()
            wanted = min(wanted, math.floor(unused * self.rate_per_second + 1e-6))
        return max(0, wanted)

    def used_after(self, number: int, used_until: datetime, now: datetime) -> datetime:
        """Until when the rate is used up, once so many orders have started."""
        rate = self.rate_per_second
        if rate is None:
            return used_until
        return self._used_until(used_until, now) + timedelta(seconds=number / rate)

    def next_start(self, used_until: datetime, now: datetime) -> datetime:
        """The first time at which the rate lets an order start."""
        rate = self.rate_per_second
        if rate is None:
            return now
        return max(now, self._used_until(used_until, now) + _each(rate))

    def _used_until(self, used_until: datetime, now: datetime) -> datetime:
        """Not before the burst that is kept, and not in a time that only a bad clock showed."""
        return now if used_until > now + self.burst else max(used_until, now - self.burst)


NO_LIMITS = Limits()


def _each(rate: float) -> timedelta:
    """The time that a rate has for one start."""
    return timedelta(seconds=1 / rate)
