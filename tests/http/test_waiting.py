"""Answers that wait, on servers that know nothing of it."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask, Response
from flask.typing import ResponseReturnValue

from entrypoints.http.waiting import Wait, waiting

HOUR_SECONDS = 3_600.0


def answer_of(pieces: Iterator[bytes | Wait]) -> bytes:
    """What Flask's own client gets."""
    app = Flask(__name__)

    @app.get("/")
    def view() -> ResponseReturnValue:
        return Response(waiting(pieces))

    data: bytes = app.test_client().get("/").data
    return data


def test_a_wait_ends_when_it_is_woken() -> None:
    def pieces() -> Iterator[bytes | Wait]:
        wait = Wait(HOUR_SECONDS)
        threading.Thread(target=wait.wake).start()
        yield b"before "
        yield wait
        yield b"after"

    assert answer_of(pieces()) == b"before after"


def test_a_wait_ends_by_itself() -> None:
    assert answer_of(iter([Wait(0.01), b"after"])) == b"after"


@pytest.mark.parametrize("times", [1, 2])
def test_a_wait_that_was_woken_before_does_not_begin(times: int) -> None:
    wait = Wait(HOUR_SECONDS)
    for _ in range(times):
        wait.wake()

    assert answer_of(iter([wait, b"after"])) == b"after"
