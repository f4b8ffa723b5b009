"""Reads a request's body before any thread is taken: with limits on its size and its time."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

BODY_SECONDS = 20.0  # from the headers to the last byte: 1 MiB on half a megabit a second
STOP_SECONDS = 0.5  # once the server stops: for bodies that are on their way
BODIES_BYTES = 256 * 1024 * 1024  # of all that are being read or wait for a thread in one process
SMALL_BYTES = 16 * 1024  # so much of a body is read whatever others take: large ones stop no order

Receive = Callable[[], Awaitable[dict[str, Any]]]  # ASGI's


class BrokenOff(Exception):
    """The client ended its body, or went, before it was complete."""


class TooManyBodies(Exception):
    """Bodies take all the memory that they may, and this one is large."""


def announced_length(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """The bytes of the body, 0 without one; None when its length is not known."""
    for name, value in headers:
        if name == b"content-length":
            return int(value)
        if name == b"transfer-encoding":
            return None
    return 0


class RequestBodies:
    """Reads bodies, on one event loop. What it has read counts until it is let go."""

    def __init__(
        self, body_seconds: float = BODY_SECONDS, bodies_bytes: int = BODIES_BYTES
    ) -> None:
        self._body_seconds = body_seconds
        self._time_limits: set[asyncio.Timeout] = set()  # of those that are being read
        self.is_stopping = False  # then a body has little time
        self._lock = threading.Lock()
        self._left = bodies_bytes

    def end_waits(self) -> None:
        """Wait no longer for bodies that are not complete soon. To be called on the loop."""
        self.is_stopping = True
        self._body_seconds = STOP_SECONDS
        for time_limit in self._time_limits:
            if not time_limit.expired():
                time_limit.reschedule(asyncio.get_running_loop().time() + STOP_SECONDS)

    async def read(self, receive: Receive, length: int | None, limit: int) -> bytes:
        """The body; of one that is over the limit nothing or a beginning, itself over the limit.

        What is over the limit is for the application to refuse: it knows by the length, or sees it.
        Raises TimeoutError, BrokenOff and TooManyBodies.
        """
        if length is not None and length > limit:
            return b""
        pieces: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._body_seconds) as time_limit:
                self._time_limits.add(time_limit)
                while size != length and size <= limit:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise BrokenOff
                    piece: bytes = message["body"]
                    pieces.append(piece)
                    size += len(piece)
                    self.let_go(-len(piece))
                    if self._left < 0 and size > SMALL_BYTES:
                        raise TooManyBodies
                    if not message["more_body"]:
                        if length is not None and size < length:
                            raise BrokenOff
                        break
        except BaseException:
            self.let_go(size)
            raise
        finally:
            self._time_limits.discard(time_limit)
        return b"".join(pieces)

    def let_go(self, size: int) -> None:
        """Count so many bytes of a body no longer. Thread-safe."""
        with self._lock:
            self._left += size
