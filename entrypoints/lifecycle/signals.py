"""What SIGINT and SIGTERM do, from a process's first moment on."""

import _thread
import os
import signal
import threading
import time
from functools import cache

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
ONE_STOP_SECONDS = 1.0  # a supervisor may signal its child, then the group: still one stop


def end_at_once_on_sigterm(exit_code: int) -> None:
    """For the first moments, when there is nothing to finish yet.

    Without a handler SIGTERM ends a process as a failure; as PID 1 of a container it is ignored.
    """
    signal.signal(signal.SIGTERM, lambda *_: os._exit(exit_code))


class StopSignals:
    """Distinguishes a second, deliberate signal from copies of the first.

    To be made in the main thread. Sets a handler of SIGURG, and what Python writes signals to.
    """

    def __init__(self) -> None:
        self._first: float | None = None  # monotonic seconds
        _have_main_thread_woken()

    def is_second(self) -> bool:
        """Note a signal; whether it came more than a second after the first one.

        Call it once for each signal, in its handler, which runs in the main thread.
        """
        now = time.monotonic()
        if self._first is None:
            self._first = now
        return now - self._first > ONE_STOP_SECONDS


@cache
def _have_main_thread_woken() -> None:
    """Make the main thread, which runs this, handle signals whichever thread they come to.

    Of signals that come at one moment, another thread may get all; one that comes while a handler
    runs goes to another thread as well. Python handles them in the main thread, once that executes
    bytecode again: after the whole drain, perhaps, or never.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)  # as set_wakeup_fd wants it
    signal.signal(signal.SIGURG, lambda *_: None)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    # Not by threading.Thread: what forks later would take it for one of its own.
    _thread.start_new_thread(_wake, (reader, threading.get_ident()))


def _wake(reader: int, thread_id: int) -> None:
    while set(os.read(reader, 64)) <= {signal.SIGURG}:
        pass  # until there is a signal to stop
    while True:
        signal.pthread_kill(thread_id, signal.SIGURG)
        time.sleep(ONE_STOP_SECONDS / 4)  # nobody says when a copy has come
