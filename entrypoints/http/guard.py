"""Keeps some of a server's threads for probes, however long all other requests wait."""

import json
import time
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from typing import Any

from werkzeug.wsgi import ClosingIterator

STREAMS = "orders.streams"  # in a request's environ: its answer is made as it is sent
WAIT_SECONDS = 1.0  # for one of the others to end
STUCK_SECONDS = 2.0  # without any end: there is no use in waiting
FREE = {"/healthz", "/readyz"}

Respond = Callable[..., object]
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

_BUSY = json.dumps(
    {"code": "busy", "details": {}, "error": "too many requests are waiting; try again"},
    separators=(",", ":"),
).encode()


def places_of(threads: int) -> int:
    """How many of a server's threads requests may hold; the others are for probes."""
    return max(1, threads - max(1, threads // 8))


class Guard:
    """A WSGI application around another one, of which at most `places` requests are at work.

    Those to FREE addresses need no place. Others wait for one, if places become free at all, and
    are else answered with 503.
    """

    def __init__(
        self,
        application: Application,
        places: int,
        wait_seconds: float = WAIT_SECONDS,
        stuck_seconds: float = STUCK_SECONDS,
    ) -> None:
        self._application = application
        self._wait_seconds = wait_seconds
        self._stuck_seconds = stuck_seconds
        self._places: SimpleQueue[None] = SimpleQueue()
        for _ in range(places):
            self._places.put(None)
        self._moved_at = time.monotonic()  # when a place was last taken or left

    def __call__(self, environ: dict[str, Any], start_response: Respond) -> Iterable[bytes]:
        """One request; a stream, which holds a thread, keeps its place until it has been sent."""
        if environ["PATH_INFO"] in FREE:
            return self._application(environ, start_response)
        if not self._take_place():
            headers = [("Content-Type", "application/json"), ("Retry-After", "1")]
            start_response("503 Service Unavailable", headers)
            return [_BUSY]
        try:
            answer = self._application(environ, start_response)
        except BaseException:
            self._leave_place()
            raise
        if STREAMS in environ:
            return ClosingIterator(answer, self._leave_place)
        self._leave_place()
        return answer

    def _leave_place(self) -> None:
        self._places.put(None)
        self._moved_at = time.monotonic()

    def _take_place(self) -> bool:
        try:
            self._places.get_nowait()
        except Empty:
            if time.monotonic() - self._moved_at > self._stuck_seconds:
                return False
            try:
                self._places.get(timeout=self._wait_seconds)
            except Empty:
                return False
        self._moved_at = time.monotonic()
        return True
