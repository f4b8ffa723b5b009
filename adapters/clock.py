"""Clocks: this machine's, and one that tests advance."""

import asyncio
import time
from datetime import UTC, datetime, timedelta


class SystemClock:
    """Clock of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sync(self) -> None:
        """Nothing to do: every reading is a fresh one."""

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    async def wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class ManualClock:
    """Clock that stands still until it is advanced; sleeping or waiting advances it at once."""

    def __init__(self, now: datetime = datetime(2025, 2, 21, 15, 0, 17, tzinfo=UTC)) -> None:
        self._now = now
        self._monotonic = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def sync(self) -> None:
        """Nothing to do: every reading is a fresh one."""

    def sleep(self, seconds: float) -> None:
        self.advance(seconds=seconds)

    async def wait(self, seconds: float) -> None:
        until = self._monotonic + seconds
        await asyncio.sleep(0)  # others begin to wait at the same moment
        self.advance(seconds=max(0.0, until - self._monotonic))

    def advance(self, *, seconds: float) -> None:
        """Let time pass."""
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds

    def jump(self, *, seconds: float) -> None:
        """Set the wall clock ahead, or back, while no time passes."""
        self._now += timedelta(seconds=seconds)
