"""Front: the bodies of requests that wait for a thread are limited, and let go after that."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextvars import Context
from functools import partial
from typing import Any, Self, TypeVarTuple

from entrypoints.http.body import MAX_BODY_BYTES
from entrypoints.serving.front import Front
from entrypoints.serving.request_body import BODIES_BYTES

LIMIT_SECONDS = 60
HOUR_SECONDS = 3_600.0
BODY = b" " * MAX_BODY_BYTES  # one object: a hundred requests take no more memory
AT_ONCE = BODIES_BYTES // MAX_BODY_BYTES

Ts = TypeVarTuple("Ts")


class Request:
    """A create with the largest body, from granian; keeps its answer's status."""

    def __init__(self) -> None:
        self.scope: Mapping[str, Any] = {
            "client": ("127.0.0.1", 1),
            "headers": [(b"content-length", str(len(BODY)).encode())],
            "http_version": "1.1",
            "method": "POST",
            "path": "/orders/",
            "query_string": b"",
            "scheme": "http",
            "server": ("127.0.0.1", "80"),
        }
        self.status = 0
        self.answered = threading.Event()

    @property
    def proto(self) -> Self:
        return self

    async def receive(self) -> dict[str, Any]:
        return {"type": "http.request", "body": BODY, "more_body": False}

    def send(self, message: dict[str, Any]) -> None:
        self.status = message.get("status", self.status)
        if message["type"] == "http.response.body":
            self.answered.set()

    def done(self) -> None:
        raise AssertionError("it failed outside of the application")


class Application:
    """Answers once it is let go."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.let_go = threading.Event()

    def __call__(self, environ: dict[str, Any], start: Callable[..., None]) -> Iterable[bytes]:
        self.began.set()
        assert self.let_go.wait(LIMIT_SECONDS)
        start("201 CREATED", [("Content-Length", "0")])
        return [b""]


class Loop(asyncio.SelectorEventLoop):
    """An event loop; the test decides when a wait for a thread is over."""

    def __init__(self) -> None:
        super().__init__()
        self._later: list[Callable[[], object]] = []

    def call_later(
        self,
        delay: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        self._later.append(partial(callback, *args))
        return self.call_at(self.time() + HOUR_SECONDS, callback, *args)

    def pass_by(self) -> None:
        while self._later:
            self._later.pop()()


class Taken:
    """A front of one thread, which a first request has; others wait, with as much as may."""

    def __init__(self, loop: Loop) -> None:
        self.application = Application()
        self._front = Front(self.application, loop, threads=2)  # one is for probes
        self.first = self.take()

    async def fill(self) -> list[Request]:
        assert await asyncio.to_thread(self.application.began.wait, LIMIT_SECONDS)
        waiting = [self.take() for _ in range(AT_ONCE)]
        assert await status(self.take()) == 503  # it is read, or not, after all of them
        return waiting

    def take(self) -> Request:
        request = Request()
        self._front.take(request)
        return request


async def status(request: Request) -> int:
    assert await asyncio.to_thread(request.answered.wait, LIMIT_SECONDS)
    return request.status


def run(scenario: Callable[[Loop], Coroutine[Any, Any, None]]) -> None:
    loop = Loop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(scenario(loop))


def test_bodies_that_wait_for_a_thread_are_limited_until_they_have_one() -> None:
    async def scenario(loop: Loop) -> None:
        taken = Taken(loop)
        waiting = await taken.fill()
        assert not any(request.answered.is_set() for request in waiting)

        taken.application.let_go.set()
        assert {await status(request) for request in waiting} == {201}
        assert await status(taken.take()) == 201

    run(scenario)


def test_bodies_that_waited_in_vain_make_room() -> None:
    async def scenario(loop: Loop) -> None:
        taken = Taken(loop)
        waiting = await taken.fill()
        loop.pass_by()
        assert {await status(request) for request in waiting} == {503}

        taken.application.let_go.set()
        assert await status(taken.first) == 201
        assert await status(taken.take()) == 201

    run(scenario)
