"""DueFloor: where in the index on due_at a look for due orders begins."""

import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from adapters.sql.schema.rows import OrderRow, to_us

SLOW_SECONDS = 0.005  # a whole look that took less leaves no floor
PAUSE = 20  # whole looks are so many times as far apart as they take: 5 % of the time
PAUSE_SECONDS = 1.0  # but no further, as no due order waits for longer than two sweeps
LATE = timedelta(seconds=2)  # what is committed up to so long after its time is above the floor

_DUE_AT = OrderRow._fields.index("due_at")


class Look:
    """One read of what is due; `since` is the least due_at that it asks for, in microseconds."""

    def __init__(self, since: int = 0, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.since = since  # 0 for a whole look
        self.found: list[int] = []  # the due_at of each order, in order
        self.left = sys.maxsize  # the least due_at of what was found, but not taken
        self.seconds = 0.0
        self.ended = 0.0
        self._monotonic = monotonic

    def read(self, read: Callable[[], list[Any]]) -> list[Any]:
        """Read, and note what was found and how long it took; the last time counts."""
        began = self._monotonic()
        rows = read()
        self.ended = self._monotonic()
        self.seconds = self.ended - began
        self.found = [row[_DUE_AT] for row in rows]
        return rows

    def leave(self, due_at: int) -> None:
        """Note that an order was not taken, as others have been due for longer."""
        self.left = min(self.left, due_at)


class DueFloor:
    """Spares looks for due orders the index entries that stand for no such order any more.

    Those stay until no snapshot can see them and a vacuum has been there, and stepping over
    millions takes seconds. So a slow whole look leaves a floor; those after it begin there, and
    move it up. What gets below it (another's claim that was rolled back, a commit that came late)
    is found by the next whole look, `pause_after` a slow one.

    For any thread. `monotonic` counts seconds.
    """

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        slow_seconds: float = SLOW_SECONDS,
    ) -> None:
        self._monotonic = monotonic
        self._slow_seconds = slow_seconds
        self._lock = Lock()
        self._floor = 0  # none
        self._whole_look_at = 0.0

    def look(self, now: datetime) -> Look:
        """The next look: a whole one when it is time for one, or the clock is below the floor."""
        with self._lock:
            if self._monotonic() >= self._whole_look_at or to_us(now) < self._floor:
                self._floor = 0
            return Look(self._floor, self._monotonic)

    def note_claimed(self, look: Look, now: datetime, limit: int) -> None:
        """To be called once all that the look found is stored as claimed."""
        last_of_many = look.found[limit - 1 : limit]  # else there were no more
        self._note(look, min([*last_of_many, look.left, to_us(now - LATE)]))

    def note_read(self, look: Look, now: datetime) -> None:
        """To be called after a look that only read: what it found is due still."""
        self._note(look, min([*look.found[:1], to_us(now - LATE)]))

    def _note(self, look: Look, reached: int) -> None:
        """Between where the look began and `reached` nothing is due any more."""
        with self._lock:
            if look.since:
                if look.since <= self._floor:  # else a whole look has set it anew meanwhile
                    self._floor = max(self._floor, reached)
            elif look.seconds >= self._slow_seconds:
                self._floor = max(reached, 0)
                self._whole_look_at = look.ended + pause_after(look.seconds)


def pause_after(seconds: float) -> float:
    """How many seconds after a whole look that took so long the next one may begin.

    They take 5 % of the time up to 50 ms each, 33 % at 500 ms, and half of it from a second on.
    """
    return max(min(PAUSE * seconds, PAUSE_SECONDS), seconds)
