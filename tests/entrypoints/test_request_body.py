"""RequestBodies: a body is read whole, or not at all, within its limits."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from entrypoints.serving.request_body import (
    SMALL_BYTES,
    BrokenOff,
    RequestBodies,
    TooManyBodies,
    announced_length,
)

LIMIT = 1024 * 1024
LIMIT_SECONDS = 10
DISCONNECT = {"type": "http.disconnect"}


class Client:
    """Sends these pieces, and then ends, goes, or stays silent; counts what was asked for."""

    def __init__(self, *pieces: bytes, then: dict[str, Any] | None = None) -> None:
        self._pieces = list(pieces)
        self._then = then
        self.asked = 0

    async def receive(self) -> dict[str, Any]:
        self.asked += 1
        if self._pieces:
            piece = self._pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": True}
        if self._then is None:
            await asyncio.Event().wait()
        assert self._then is not None
        return self._then


END = {"type": "http.request", "body": b"", "more_body": False}


def read(client: Client, length: int | None, bodies: RequestBodies | None = None) -> bytes:
    bodies = bodies or RequestBodies(body_seconds=3_600)
    return asyncio.run(bodies.read(client.receive, length, LIMIT))


def test_the_pieces_of_a_body_are_joined() -> None:
    assert read(Client(b"ab", b"c", b"de"), 5) == b"abcde"


def test_a_body_whose_length_is_not_known_goes_on_until_its_end() -> None:
    assert read(Client(b"ab", b"c", then=END), None) == b"abc"


def test_a_body_that_is_announced_to_be_too_large_is_not_read() -> None:
    client = Client(b"{")

    assert read(client, LIMIT + 1) == b""
    assert client.asked == 0


def test_a_body_that_grows_too_large_is_read_until_that_shows() -> None:
    half = b" " * (LIMIT // 2)
    client = Client(half, half, b"x", b"never read")

    assert len(read(client, None)) == LIMIT + 1
    assert client.asked == 3


def test_a_body_that_breaks_off_is_none() -> None:
    with pytest.raises(BrokenOff):
        read(Client(b"{", then=DISCONNECT), 2)


def test_a_body_that_ends_before_its_announced_length_is_none() -> None:
    with pytest.raises(BrokenOff):
        read(Client(b"{", then=END), 2)


def test_a_body_that_does_not_come_in_time_is_given_up() -> None:
    with pytest.raises(TimeoutError):
        read(Client(b"{"), 2, RequestBodies(body_seconds=0.01))


def test_all_bodies_together_are_limited_and_make_room_when_they_are_let_go() -> None:
    large = b" " * (SMALL_BYTES + 1)
    bodies = RequestBodies(body_seconds=3_600, bodies_bytes=len(large))

    with pytest.raises(TooManyBodies):
        read(Client(large, b"x"), len(large) + 2, bodies)
    for _ in range(2):
        assert read(Client(large), len(large), bodies) == large
        with pytest.raises(TooManyBodies):
            read(Client(large), len(large), bodies)
        bodies.let_go(len(large))


def test_a_stop_ends_the_wait_for_a_body_that_is_not_complete() -> None:
    async def stop_between_two_that_are_read() -> list[BaseException | None]:
        bodies = RequestBodies(body_seconds=3_600)
        before = asyncio.create_task(bodies.read(Client(b"{").receive, 2, LIMIT))
        await asyncio.sleep(0)  # it begins
        bodies.end_waits()
        after = asyncio.create_task(bodies.read(Client(b"{").receive, 2, LIMIT))
        ended, _ = await asyncio.wait({before, after}, timeout=LIMIT_SECONDS)
        return [task.exception() for task in ended]

    errors = asyncio.run(stop_between_two_that_are_read())
    assert [type(error) for error in errors] == [TimeoutError] * 2


def test_a_body_that_is_on_its_way_when_the_server_stops_is_read() -> None:
    async def stop_and_read() -> bytes:
        bodies = RequestBodies()
        bodies.end_waits()
        return await bodies.read(Client(b"{", b"}").receive, 2, LIMIT)

    assert asyncio.run(stop_and_read()) == b"{}"


def test_a_small_body_is_read_whatever_others_take() -> None:
    small = b" " * SMALL_BYTES

    assert read(Client(small), SMALL_BYTES, RequestBodies(bodies_bytes=0)) == small


@pytest.mark.parametrize(
    ("headers", "length"),
    [
        ([(b"host", b"here")], 0),
        ([(b"content-length", b"12")], 12),
        ([(b"transfer-encoding", b"chunked")], None),
    ],
)
def test_headers_announce_a_length(
    headers: Iterable[tuple[bytes, bytes]], length: int | None
) -> None:
    assert announced_length(headers) == length
