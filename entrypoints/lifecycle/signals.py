"""What SIGINT and SIGTERM mean from a process's first moment on."""

import _thread
import os
import signal
import threading
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
        """Ask this once for each signal that arrives, in its handler."""
        now = time.monotonic()
        if self._first is None:
            self._first = now
            _wake_main_thread_often()
        return now - self._first > ONE_STOP_SECONDS


def _wake_main_thread_often() -> None:
    """Have the main thread, which this is, handle each signal soon after it came, from now on.

    While a handler runs, the system gives a copy of its signal to another thread. Python handles
    that in the main thread too, but only once it runs again, and it may wait for a whole drain.
    """
    signal.signal(signal.SIGURG, lambda *_: None)
    # Not by threading.Thread: the code that was interrupted may hold its lock.
    _thread.start_new_thread(_wake_often, (threading.get_ident(),))


def _wake_often(thread_id: int) -> None:
    while True:
        time.sleep(ONE_STOP_SECONDS / 4)
        signal.pthread_kill(thread_id, signal.SIGURG)
