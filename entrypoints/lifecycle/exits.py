"""How a process ends, whatever its threads are doing."""

import logging
import os
import sys
import threading
from typing import NoReturn

log = logging.getLogger(__name__)

FLUSH_SECONDS = 1.0  # a flush would wait for a processor that is stuck in a print


def exit_now() -> NoReturn:
    """End the process with code 0, and flush its output if that is possible at once."""
    try:
        flushing = threading.Thread(target=_flush, name="flush", daemon=True)
        flushing.start()
        flushing.join(FLUSH_SECONDS)
    finally:
        os._exit(0)


def exit_within(seconds: float) -> None:
    """End the process with code 0 after `seconds`, if it still runs then. Does not wait.

    May be called again; the earliest deadline wins.
    """
    deadline = threading.Timer(seconds, exit_now)
    deadline.daemon = True
    try:
        deadline.start()
    except RuntimeError:  # better a stop without a deadline than none
        log.warning("no thread to end this process in %.0f s", seconds, exc_info=True)


def _flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    logging.shutdown()
