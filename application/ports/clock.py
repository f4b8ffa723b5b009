"""Clock: what time it is."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time. The wall clock may jump either way; the monotonic one never does."""

    def now(self) -> datetime:
        """The wall clock in UTC, with its offset."""

    def monotonic(self) -> float:
        """Seconds from some fixed moment."""

    def sync(self) -> None:
        """Ask anew where the time comes from; raises RepositoryUnavailable when nobody answers.

        From then on now() knows of every jump before this call.
        """

    def sleep(self, seconds: float) -> None:
        """Block for that time."""
