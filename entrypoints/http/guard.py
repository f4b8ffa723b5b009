"""Keeps some of a server's threads for probes, however many other requests wait."""

import json
import time
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from typing import Any

from werkzeug.wsgi import ClosingIterator

STREAMS = "orders.streams"  # in a request's environ: its answer is produced while it is sent
WAIT_SECONDS = 1.0  # for another request to end
STUCK_SECONDS = 2.0  # if no request has ended for this long, waiting is no use
PROBES = {"/healthz", "/readyz"}

Respond = Callable[..., object]
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

_BUSY = json.dumps(
    {"code": "busy", "details": {}, "error": "too many requests are waiting; try again"},
    separators=(",", ":"),
).encode()


def places_of(threads: int) -> int:
    """How many of a server's threads requests may occupy; the rest are for probes."""
    return max(1, threads - max(1, threads // 8))


class Guard:
    """A WSGI application around another one, in which at most `places` requests are at work.

    Probes need no place. Any other request waits for one, unless none has become free for some
    time, and is answered with 503 if it gets none.
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
        self._moved_at = time.monotonic()  # when a place was last taken or given back

    def __call__(self, environ: dict[str, Any], start_response: Respond) -> Iterable[bytes]:
        """Answer one request; a stream occupies a thread and keeps its place until it is sent."""
        if environ["PATH_INFO"] in PROBES:
            return self._application(environ, start_response)
        if not self._take_place():
            headers = [("Content-Type", "application/json"), ("Retry-After", "1")]
            start_response("503 Service Unavailable", headers)
            return [_BUSY]
        try:
            answer = self._application(environ, start_response)
        except BaseException:
            self._give_back_place()
            raise
        if STREAMS in environ:
            return ClosingIterator(answer, self._give_back_place)
        self._give_back_place()
        return answer

    def _give_back_place(self) -> None:
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
