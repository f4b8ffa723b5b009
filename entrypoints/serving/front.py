"""Front: takes each request from granian, reads its body, calls Flask in a thread, and answers.

It is the one way to the application in our server. No client holds a thread by being slow: bodies
are read, and streamed answers sent, on the event loop.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping
from functools import partial
from typing import Any, Protocol

from granian._granian import CallbackScheduler

from entrypoints.http.body import LARGER_BODIES, MAX_BODY_BYTES
from entrypoints.serving.refusals import BROKEN_OFF, BUSY, STOPPING, TOO_SLOW
from entrypoints.serving.request_body import (
    BrokenOff,
    RequestBodies,
    TooManyBodies,
    announced_length,
)
from entrypoints.serving.request_threads import RequestThreads
from entrypoints.serving.streams import Exchange, Streams
from entrypoints.serving.wsgi import StartResponse, environ_of

log = logging.getLogger(__name__)

PROBES = {"/healthz", "/readyz"}

Application = Callable[[dict[str, Any], Any], Iterable[Any]]  # WSGI's


class Request(Protocol):
    """A request that granian hands over."""

    @property
    def scope(self) -> Mapping[str, Any]:
        """ASGI's scope of it."""

    @property
    def proto(self) -> Exchange:
        """ASGI's receive and send."""

    def done(self) -> None:
        """Answer with an empty 500 unless an answer has begun."""


class Front:
    """Serves a WSGI application on an event loop and `threads` request threads."""

    def __init__(
        self, application: Application, loop: asyncio.AbstractEventLoop, threads: int
    ) -> None:
        self._application = application
        self._loop = loop
        self._threads = RequestThreads(threads, self._call_later)
        self._bodies = RequestBodies()
        self._streams = Streams(loop, self._threads.run)
        self._tasks: set[asyncio.Task[None]] = set()  # the loop itself holds none

    def take(self, request: Request) -> None:
        """Answer the request, soon. In any thread; blocks for nothing, and raises nothing."""
        try:
            length = announced_length(request.scope["headers"])
            if length == 0:
                self._dispatch(request, b"")
            else:
                self._begin(self._read(request, length))
        except Exception:
            log.exception("a request cannot be taken")
            request.done()

    def end_waits(self) -> None:
        """End the waits for news and for bodies, now and later. In any thread; does not block."""
        self._loop.call_soon_threadsafe(self._streams.end_waits)
        self._loop.call_soon_threadsafe(self._bodies.end_waits)

    async def _read(self, request: Request, length: int | None) -> None:
        try:
            limit = LARGER_BODIES.get(request.scope["path"], MAX_BODY_BYTES)
            body = await self._bodies.read(request.proto.receive, length, limit)
        except TimeoutError:
            refusal = STOPPING if self._bodies.is_stopping else TOO_SLOW
            refusal.send(request.proto.send)
        except TooManyBodies:
            BUSY.send(request.proto.send)
        except BrokenOff:
            BROKEN_OFF.send(request.proto.send)
        else:
            self._dispatch(request, body)

    def _dispatch(self, request: Request, body: bytes) -> None:
        job = partial(self._answer, request, body)
        if request.scope["path"] in PROBES:
            self._threads.run_probe(job)
        else:
            self._threads.run(job, partial(self._refuse, request, len(body)))

    def _refuse(self, request: Request, size: int) -> None:
        self._bodies.let_go(size)
        BUSY.send(request.proto.send)

    def _answer(self, request: Request, body: bytes) -> None:
        """Call the application, in a request thread, and send its answer, or begin to."""
        self._bodies.let_go(len(body))
        send = request.proto.send
        start = StartResponse()
        try:
            pieces = self._application(environ_of(request.scope, body), start)
            close = getattr(pieces, "close", _nothing)
            if start.has_length:  # else it is a stream, which may not even have begun
                try:
                    whole = b"".join(pieces)
                finally:
                    close()
                assert start.message is not None
                send(start.message)
                send({"type": "http.response.body", "body": whole})
            else:
                self._begin(self._streams.send(request.proto, start, iter(pieces), close))
        except BaseException:
            log.exception("a request failed outside of the application")
            request.done()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._loop.call_soon_threadsafe(self._create_task, work)

    def _create_task(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _call_later(self, seconds: float, job: Callable[[], object]) -> None:
        self._loop.call_soon_threadsafe(self._loop.call_later, seconds, job)


def _nothing() -> None: ...


class Scheduler(CallbackScheduler):
    """How granian hands over requests: in its own thread, without the event loop's turn."""

    __slots__ = ()

    def __init__(
        self, loop: asyncio.AbstractEventLoop, take: Callable[[Request], None], *_: object
    ) -> None:
        super().__init__()
        self._schedule_fn = take
