"""Sends answers bit by bit: no thread is held while a client reads slowly or there is no news."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any, Protocol

from entrypoints.http.waiting import Wait
from entrypoints.serving.refusals import Send
from entrypoints.serving.request_body import Receive
from entrypoints.serving.wsgi import StartResponse

log = logging.getLogger(__name__)

SEND_SECONDS = 60.0  # without taking a piece; then the client is cut off


class Exchange(Protocol):
    """The two directions of one request, as granian has them."""

    @property
    def receive(self) -> Receive: ...

    @property
    def send(self) -> Send: ...


class Streams:
    """Sends the pieces of answers on one event loop; `run` runs a job in a request thread."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        run: Callable[[Callable[[], object]], object],
        send_seconds: float = SEND_SECONDS,
    ) -> None:
        self._loop = loop
        self._run = run
        self._send_seconds = send_seconds
        self._waiting: set[asyncio.Future[None]] = set()
        self._are_waits_ended = False

    def end_waits(self) -> None:
        """Close the answers that wait for news, now and later. To be called on the loop."""
        self._are_waits_ended = True
        for woken in self._waiting:
            woken.cancel()

    async def send(
        self,
        exchange: Exchange,
        start: StartResponse,
        pieces: Iterator[bytes | Wait],
        close: Callable[[], object],
    ) -> None:
        """Send the pieces; then, or once the client has gone, close them.

        The answer begins once `start` was called, which may be when the first piece is pulled. One
        piece is pulled at a time, and the next when the client has room for it.
        """
        sending = self._loop.create_task(self._send(exchange.send, start, pieces, close))
        leaving = self._loop.create_task(_has_gone(exchange.receive))
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()
        sending.cancel()  # does nothing once it has ended
        await asyncio.wait({sending})

    async def _send(
        self,
        send: Send,
        start: StartResponse,
        pieces: Iterator[bytes | Wait],
        close: Callable[[], object],
    ) -> None:
        has_begun = _begin(send, start)
        pulled = self._in_thread(lambda: next(pieces, None))
        try:
            while (piece := await asyncio.shield(pulled)) is not None:
                has_begun = has_begun or _begin(send, start)
                if isinstance(piece, Wait):
                    goes_on = await self._wait(piece)
                    if has_begun and not goes_on:  # else it waits for what it begins with
                        break
                elif piece:
                    async with asyncio.timeout(self._send_seconds):
                        await send(_body(piece, more=True))
                pulled = self._in_thread(lambda: next(pieces, None))
            else:
                has_begun = has_begun or _begin(send, start)  # with no body: a 304, or to a HEAD
        except TimeoutError:
            log.info("a client took nothing for %.0f s; its answer ends", self._send_seconds)
        except Exception:
            log.exception("an answer ends early")
        finally:
            await asyncio.wait({pulled})  # what runs cannot be closed
            closed = self._in_thread(close)
            await asyncio.wait({closed})
            if not has_begun:
                send({"type": "http.response.start", "status": 500, "headers": []})
            send(_body(b"", more=False))  # whatever closing raised
            if error := closed.exception():
                log.error("an answer cannot be closed", exc_info=error)

    async def _wait(self, wait: Wait) -> bool:
        """Whether to pull again; False once waits have been ended."""
        if not self._are_waits_ended:
            woken = asyncio.wrap_future(wait.woken)
            self._waiting.add(woken)
            try:
                await asyncio.wait({woken}, timeout=wait.seconds)
            finally:
                self._waiting.discard(woken)
                woken.cancel()
        return not self._are_waits_ended

    def _in_thread(self, job: Callable[[], Any]) -> "asyncio.Future[Any]":
        """What the job returns or raises (an Exception), once a request thread has run it."""
        outcome: Future[Any] = Future()

        def run() -> None:
            try:
                outcome.set_result(job())
            except Exception as error:
                outcome.set_exception(error)
            except BaseException as error:  # a SystemExit would end the event loop
                outcome.set_exception(RuntimeError(f"it raised {error!r}"))

        self._run(run)
        return asyncio.wrap_future(outcome)


def _begin(send: Send, start: StartResponse) -> bool:
    """Whether the answer could begin now."""
    if start.message is None:
        return False
    send(start.message)
    return True


async def _has_gone(receive: Receive) -> None:
    """Returns when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _body(piece: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.response.body", "body": piece, "more_body": more}
