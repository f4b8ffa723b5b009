"""One table from errors to answers; every error is answered by JSON of one shape."""

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from itertools import islice
from typing import Any, NamedTuple, Self

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from application.ports import BadSignature, OutcomeUnknown, RepositoryUnavailable
from application.views.cursor import WrongCursor
from domain.errors import (
    BatchInProgress,
    DuplicateBatch,
    DuplicateOrder,
    IllegalTransition,
    InvalidOrder,
    OrderChanged,
    OrderNotFound,
    StaleAttempt,
)
from entrypoints.http.json import JsonAnswer

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 1
FIELDS_NAMED = 20  # at most, in one answer
NAME_LENGTH = 100  # characters of a client's text that an answer repeats


class InvalidRequest(Exception):
    """The request cannot be understood; `details` lists the problems by field."""

    def __init__(self, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = details or {}

    @classmethod
    def of_fields(cls, problems: Mapping[str, Any]) -> Self:
        """From marshmallow's problems by field; the first one becomes the message.

        It stays short, whatever was sent: some fields, each with the beginning of its name.
        """
        some = islice(problems.items(), FIELDS_NAMED)
        details = {str(name)[:NAME_LENGTH]: problem for name, problem in some}
        field, first = next(iter(details.items()))
        while isinstance(first, dict):  # a list's items are numbered
            first = next(iter(first.values()))
        return cls(f"{field}: {first[0]}", details)


class Busy(Exception):
    """Others have all that there is of something, for the moment; the message says what."""


class NotReady(Exception):
    """The process should not be sent work now; the message says why."""


class KeyReused(Exception):
    """The Idempotency-Key came with another request before."""

    def __init__(self) -> None:
        super().__init__(
            "this Idempotency-Key was used for another request; take a new one for each request"
        )


def cut(name: str) -> str:
    """What an answer repeats of a client's text."""
    return name if len(name) <= NAME_LENGTH else f"{name[:NAME_LENGTH]}…"


class Answer(NamedTuple):
    """How an error is answered."""

    status: int
    code: str  # for programs
    message: str  # for people
    details: dict[str, Any]


TABLE: dict[type[Exception], Callable[[Any], Answer]] = {  # the first that matches answers
    InvalidRequest: lambda error: Answer(400, "invalid_request", error.message, error.details),
    InvalidOrder: lambda error: Answer(
        400,
        "invalid_request",
        str(error),
        {error.field: [error.problem]},
    ),
    WrongCursor: lambda error: Answer(
        400,
        "invalid_cursor",
        str(error),
        {"cursor": [error.problem]},
    ),
    DuplicateOrder: lambda error: Answer(
        400,
        "duplicate_order",
        str(error),
        {"order_id": error.order_id},
    ),
    DuplicateBatch: lambda error: Answer(
        400,
        "duplicate_batch",
        str(error),
        {
            "batch_id": error.batch.batch_id,
            "total_entries": error.batch.total_entries,
            "done": error.batch.done,
        },
    ),
    BatchInProgress: lambda error: Answer(
        409,
        "batch_in_progress",
        str(error),
        {"batch_id": error.batch_id},
    ),
    OrderNotFound: lambda error: Answer(
        404,
        "order_not_found",
        "Order not found",
        {"order_id": cut(error.order_id)},
    ),
    IllegalTransition: lambda error: Answer(
        409,
        "illegal_transition",
        str(error),
        {"order_id": error.order_id, "status": error.status, "target": error.target},
    ),
    OrderChanged: lambda error: Answer(
        412,
        "order_changed",
        str(error),
        {"order_id": error.order_id},
    ),
    StaleAttempt: lambda error: Answer(
        409,
        "stale_attempt",
        str(error),
        {"order_id": error.order_id, "attempt": error.attempt, "present_attempt": error.present},
    ),
    BadSignature: lambda error: Answer(401, "bad_signature", str(error), {}),
    KeyReused: lambda error: Answer(422, "idempotency_key_reused", str(error), {}),
    RepositoryUnavailable: lambda _: Answer(
        503,
        "unavailable",
        "the database does not answer; try again",
        {},
    ),
    OutcomeUnknown: lambda _: Answer(
        503,
        "outcome_unknown",
        "the database did not answer in time; the request may have been stored: read it back first",
        {},
    ),
    NotReady: lambda error: Answer(503, "not_ready", str(error), {}),
    Busy: lambda error: Answer(503, "busy", str(error), {}),
    HTTPException: lambda error: Answer(  # no such path or method, or a body too large, say
        error.code or 500,
        error.name.lower().replace(" ", "_"),
        (error.description or error.name).split(". ")[0],
        {},
    ),
    Exception: lambda _: Answer(500, "internal_error", "something went wrong on our side", {}),
}


def register_errors(app: Flask) -> None:
    """Answer every failure of this app in the one shape."""
    app.register_error_handler(Exception, respond)


def answer_to(error: Exception) -> Answer:
    """How this error is answered."""
    return next(answer for kind, answer in TABLE.items() if isinstance(error, kind))(error)


def respond(error: Exception) -> Response:
    """The answer to a request that raised this."""
    status, code, message, details = answer_to(error)
    response = JsonAnswer({"error": message, "code": code, "details": details}, status)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:  # its cause was logged where it was noticed
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("unexpected error", exc_info=error)
    if isinstance(error, HTTPException):
        for name, value in error.get_headers():
            if name not in {"Content-Type", "Content-Length"}:
                response.headers[name] = value
    return response
