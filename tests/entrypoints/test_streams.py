"""Streams: an answer ends and is closed, whatever its pieces, its close or its client do."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Never

import pytest

from entrypoints.http.waiting import Wait
from entrypoints.serving.streams import Streams
from entrypoints.serving.wsgi import StartResponse

HOUR_SECONDS = 3_600.0
LIMIT_SECONDS = 10
BEGIN = {"type": "http.response.start", "status": 200, "headers": []}
END = {"type": "http.response.body", "body": b"", "more_body": False}

Pieces = Iterator[bytes | Wait]


class Client:
    """Stays connected, and takes every piece, or none; keeps what is sent to it."""

    def __init__(self, *, takes: bool = True) -> None:
        self._takes = takes
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    def send(self, message: dict[str, Any]) -> asyncio.Future[None]:
        self.sent.append(message)
        taken = asyncio.get_running_loop().create_future()
        if self._takes:
            taken.set_result(None)
        return taken


def answer(
    pieces: Pieces,
    close: Callable[[], object],
    client: Client | None = None,
    start: StartResponse | None = None,
    during: Callable[[Streams], object] = lambda _: None,
) -> list[dict[str, Any]]:
    """What the client is sent until the answer has ended; `during` is called while it goes on."""
    client = client or Client()

    async def send(run: Callable[[Callable[[], object]], object]) -> None:
        streams = Streams(asyncio.get_running_loop(), run, send_seconds=0.01)
        asyncio.get_running_loop().call_later(0.1, during, streams)
        async with asyncio.timeout(LIMIT_SECONDS):
            await streams.send(client, start or begun(), pieces, close)

    with ThreadPoolExecutor() as threads:
        asyncio.run(send(threads.submit))
    return client.sent


def begun() -> StartResponse:
    """Of an answer that began before its pieces were made."""
    start = StartResponse()
    start("200 OK", [])
    return start


class Closing:
    """Counts how often it is called."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> None:
        self.calls += 1


@pytest.mark.parametrize("error", [ValueError("no luck"), SystemExit("no luck")])
def test_an_answer_whose_pieces_fail_ends_and_is_closed_and_the_loop_goes_on(
    error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    def pieces() -> Pieces:
        yield b"a"
        raise error

    close = Closing()
    sent = answer(pieces(), close)

    assert [one["body"] for one in sent[1:]] == [b"a", b""]
    assert (sent[0], sent[-1]) == (BEGIN, END)
    assert close.calls == 1
    assert "no luck" in caplog.text


def test_an_answer_that_cannot_be_closed_ends_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def close() -> Never:
        raise ValueError("no luck")

    assert answer(iter([b"a"]), close)[-1] == END
    assert "no luck" in caplog.text


def test_a_client_that_takes_nothing_is_cut_off() -> None:
    close = Closing()

    sent = answer(iter([b"a", b"b"]), close, Client(takes=False))

    assert [one["body"] for one in sent[1:]] == [b"a", b""]
    assert close.calls == 1


def test_an_answer_that_waits_is_closed_when_waits_are_ended() -> None:
    close = Closing()

    sent = answer(iter([Wait(HOUR_SECONDS), b"never"]), close, during=Streams.end_waits)

    assert sent == [BEGIN, END]
    assert close.calls == 1


def late(start: StartResponse, wait: Wait) -> Pieces:
    """An answer that does not know what it begins with until it has waited."""
    yield wait
    start("200 OK", [])
    yield b"news"


def test_an_answer_may_begin_after_a_wait() -> None:
    start, wait = StartResponse(), Wait(HOUR_SECONDS)

    sent = answer(late(start, wait), Closing(), start=start, during=lambda _: wait.wake())

    assert sent == [BEGIN, {**END, "body": b"news", "more_body": True}, END]


def test_an_answer_that_has_not_begun_goes_on_when_waits_are_ended() -> None:
    start = StartResponse()

    sent = answer(late(start, Wait(HOUR_SECONDS)), Closing(), start=start, during=Streams.end_waits)

    assert sent[0] == BEGIN
    assert sent[1]["body"] == b"news"


def test_an_answer_that_fails_before_it_begins_is_a_500() -> None:
    def pieces() -> Pieces:
        raise ValueError("no luck")
        yield b"never"

    sent = answer(pieces(), Closing(), start=StartResponse())

    assert [one.get("status") for one in sent] == [500, None]


def test_an_answer_may_begin_late_and_have_no_body() -> None:
    start = StartResponse()

    def pieces() -> Pieces:
        start("304 NOT MODIFIED", [])
        yield from ()

    sent = answer(pieces(), Closing(), start=start)

    assert [one.get("status") for one in sent] == [304, None]
