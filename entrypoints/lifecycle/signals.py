"""What SIGINT and SIGTERM mean from a process's first moment on."""

import os
import signal
import time

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
ONE_STOP_SECONDS = 1.0  # a supervisor may signal its child and then the group: that is one stop


def end_at_once_on_sigterm(exit_code: int) -> None:
    """For the first moments, in which there is nothing to finish yet.

    Without a handler SIGTERM ends a process with a failure, and the first one of a container,
    which such a signal does not reach, not at all.
    """
    signal.signal(signal.SIGTERM, lambda *_: os._exit(exit_code))


class StopSignals:
    """Tells a second signal, which somebody meant, apart from copies of the first."""

    def __init__(self) -> None:
        self._first: float | None = None  # monotonic seconds

    def is_second(self) -> bool:
        """Ask this once for each signal that arrives."""
        now = time.monotonic()
        if self._first is None:
            self._first = now
        return now - self._first > ONE_STOP_SECONDS
