"""Clock: what time it is."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time, for any thread.

    The wall clock may jump either way; the monotonic one never does.
    """

    def now(self) -> datetime:
        """The wall clock in UTC, with its offset. May block once, for the first reading."""

    def monotonic(self) -> float:
        """Seconds from some fixed moment."""

    def sync(self) -> None:
        """Read the source of the time again; raises RepositoryUnavailable when it does not answer.

        From then on now() knows of every jump before this call. Blocks for up to ten seconds.
        """

    def sleep(self, seconds: float) -> None:
        """Block for that time."""

    async def wait(self, seconds: float) -> None:
        """Let that time pass, while the event loop goes on."""
