"""NextLook: whether, and when, to look for due orders in the store once more."""

import math
import threading
import time


class NextLook:
    """Of a window, whose lock its callers hold."""

    def __init__(self) -> None:
        self.is_asked = False  # then outcomes that are stored look as well, whatever the time
        self._at = 0.0  # monotonic seconds
        self._later = math.inf  # what was asked for last, but for looks at once

    def ask(self, in_seconds: float = 0.0) -> None:
        """There may be due orders, for which there would be workers.

        Endless seconds leave a later time that was asked for before: a look that an outcome or a
        sweep made too early may have found that nothing may start yet.
        """
        now = time.monotonic()
        if in_seconds and (in_seconds < math.inf or self._later <= now):
            self._later = now + in_seconds
        self._at = self._later if in_seconds else now
        self.is_asked = True

    def forget(self) -> None:
        """It is made now, or not at all."""
        self.is_asked = False

    def is_time(self) -> bool:
        """Whether it should be made now."""
        return self.is_asked and time.monotonic() >= self._at

    def seconds(self) -> float | None:
        """How long until it is time; None where time alone makes no difference."""
        seconds = self._at - time.monotonic()
        if not self.is_asked or not 0 < seconds <= threading.TIMEOUT_MAX:
            return None
        return seconds
