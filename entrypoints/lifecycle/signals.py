"""What SIGINT and SIGTERM do, from a process's first moment on."""

import _thread
import os
import signal
import threading
import time

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
ONE_STOP_SECONDS = 1.0  # a supervisor may signal its child, then the group: still one stop


def end_at_once_on_sigterm(exit_code: int) -> None:
    """For the first moments, when there is nothing to finish yet.

    Without a handler SIGTERM ends a process as a failure; as PID 1 of a container it is ignored.
    """
    signal.signal(signal.SIGTERM, lambda *_: os._exit(exit_code))


class StopSignals:
    """Distinguishes a second, deliberate signal from copies of the first."""

    def __init__(self) -> None:
        self._first: float | None = None  # monotonic seconds

    def is_second(self) -> bool:
        """Note a signal; whether it came more than a second after the first one.

        Call it once for each signal, in its handler, which runs in the main thread. The first call
        starts a thread and sets a handler of SIGURG (see _wake_main_thread_often).
        """
        now = time.monotonic()
        if self._first is None:
            self._first = now
            _wake_main_thread_often()
        return now - self._first > ONE_STOP_SECONDS


def _wake_main_thread_often() -> None:
    """Make the main thread, which runs this, handle signals promptly from now on.

    While a handler runs, the kernel delivers a copy of its signal to another thread. Python handles
    it in the main thread, once that executes bytecode again: after the whole drain, perhaps.
    """
    signal.signal(signal.SIGURG, lambda *_: None)
    # Not by threading.Thread: the code that was interrupted may hold its lock.
    _thread.start_new_thread(_wake_often, (threading.get_ident(),))


def _wake_often(thread_id: int) -> None:
    while True:
        time.sleep(ONE_STOP_SECONDS / 4)
        signal.pthread_kill(thread_id, signal.SIGURG)
