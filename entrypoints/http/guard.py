"""Keeps some of a server's threads for probes, however many other requests wait."""

import json
import time
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from typing import Any

from werkzeug.wsgi import ClosingIterator

STREAMS = "orders.streams"  # in a request's environ: its answer is produced while it is sent
WAIT_SECONDS = 1.0  # for a slot
STUCK_SECONDS = 2.0  # after this long without one freed or taken, waiting is no use
PROBES = {"/healthz", "/readyz"}

Respond = Callable[..., object]
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

# Built here: a Guard is outside of Flask, where errors.py cannot answer.
_BUSY = json.dumps(
    {"code": "busy", "details": {}, "error": "too many requests are waiting; try again"},
    separators=(",", ":"),
).encode()


def request_slots(threads: int) -> int:
    """How many of a server's threads requests may occupy; the rest are for probes."""
    return max(1, threads - max(1, threads // 8))


class Guard:
    """A WSGI application around another one, in which at most `slots` requests are at work.

    Probes need no slot. Any other request waits for one up to `wait_seconds`; not at all once none
    was freed or taken for `stuck_seconds`. Without one it is answered with 503 and code `busy`, to
    be tried again. Thread-safe.
    """

    def __init__(
        self,
        application: Application,
        slots: int,
        wait_seconds: float = WAIT_SECONDS,
        stuck_seconds: float = STUCK_SECONDS,
    ) -> None:
        self._application = application
        self._wait_seconds = wait_seconds
        self._stuck_seconds = stuck_seconds
        self._slots: SimpleQueue[None] = SimpleQueue()
        for _ in range(slots):
            self._slots.put(None)
        self._moved_at = time.monotonic()  # when a slot was last taken or freed

    def __call__(self, environ: dict[str, Any], start_response: Respond) -> Iterable[bytes]:
        """Answer one request. A streamed answer keeps its slot until it has been sent."""
        if environ["PATH_INFO"] in PROBES:
            return self._application(environ, start_response)
        if not self._take_slot():
            headers = [("Content-Type", "application/json"), ("Retry-After", "1")]
            start_response("503 Service Unavailable", headers)
            return [_BUSY]
        try:
            answer = self._application(environ, start_response)
        except BaseException:
            self._free_slot()
            raise
        if STREAMS in environ:
            return ClosingIterator(answer, self._free_slot)
        self._free_slot()
        return answer

    def _free_slot(self) -> None:
        self._slots.put(None)
        self._moved_at = time.monotonic()

    def _take_slot(self) -> bool:
        try:
            self._slots.get_nowait()
        except Empty:
            if time.monotonic() - self._moved_at > self._stuck_seconds:
                return False
            try:
                self._slots.get(timeout=self._wait_seconds)
            except Empty:
                return False
        self._moved_at = time.monotonic()
        return True
