"""Answers that are given without Flask: to requests that never reach it."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NamedTuple

Send = Callable[[dict[str, Any]], Any]  # ASGI's; what it returns is awaited by streams alone


class Refusal(NamedTuple):
    """An answer of the one shape of errors (entrypoints/http/errors.py)."""

    status: HTTPStatus
    code: str
    error: str
    header: tuple[bytes, bytes]

    def send(self, send: Send) -> None:
        """Answer with it. In any thread; blocks for nothing."""
        body = {"code": self.code, "details": {}, "error": self.error}
        headers = [(b"content-type", b"application/json"), self.header]
        send({"type": "http.response.start", "status": self.status.value, "headers": headers})
        text = json.dumps(body, separators=(",", ":"))
        send({"type": "http.response.body", "body": text.encode()})


BUSY = Refusal(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "busy",
    "too many requests are waiting; try again",
    (b"retry-after", b"1"),
)
STOPPING = Refusal(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "not_ready",
    "the service is stopping; try again",
    (b"retry-after", b"1"),
)
TOO_SLOW = Refusal(
    HTTPStatus.REQUEST_TIMEOUT,
    "request_timeout",
    "the body did not arrive in time",
    (b"connection", b"close"),
)
BROKEN_OFF = Refusal(
    HTTPStatus.BAD_REQUEST,
    "invalid_request",
    "the body ended too early",
    (b"connection", b"close"),
)
