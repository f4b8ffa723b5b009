"""One table from error to answer; every answer that is an error is JSON of one shape."""

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from itertools import islice
from typing import Any, Self

from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException

from application.ports import OutcomeUnknown, RepositoryUnavailable
from domain.errors import (
    BatchInProgress,
    DuplicateBatch,
    DuplicateOrder,
    IllegalTransition,
    InvalidOrder,
    OrderNotFound,
)

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 1
FIELDS_NAMED = 20  # how many are blamed at once
NAME_LENGTH = 100  # how much is repeated of a name that a client sent


class InvalidRequest(Exception):
    """What was sent cannot be understood; `details` has the problems of each field."""

    def __init__(self, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = details or {}

    @classmethod
    def of_fields(cls, problems: Mapping[str, Any]) -> Self:
        """For the problems of each field, as marshmallow lists them; the message is the first.

        It stays short whatever was sent: some fields, each with the beginning of its name.
        """
        some = islice(problems.items(), FIELDS_NAMED)
        details = {str(name)[:NAME_LENGTH]: problem for name, problem in some}
        field, first = next(iter(details.items()))
        while isinstance(first, dict):  # a list's items are numbered
            first = next(iter(first.values()))
        return cls(f"{field}: {first[0]}", details)


class NotReady(Exception):
    """The process should not be sent work now; the message says why."""


def _cut(name: str) -> str:
    return name if len(name) <= NAME_LENGTH else f"{name[:NAME_LENGTH]}…"


Answer = tuple[int, str, str, dict[str, Any]]  # status, code, sentence, details

TABLE: dict[type[Exception], Callable[[Any], Answer]] = {
    InvalidRequest: lambda error: (400, "invalid_request", error.message, error.details),
    InvalidOrder: lambda error: (
        400,
        "invalid_request",
        str(error),
        {error.field: [error.problem]},
    ),
    DuplicateOrder: lambda error: (
        400,
        "duplicate_order",
        str(error),
        {"order_id": error.order_id},
    ),
    DuplicateBatch: lambda error: (
        400,
        "duplicate_batch",
        str(error),
        {
            "batch_id": error.batch.batch_id,
            "total_entries": error.batch.total_entries,
            "done": error.batch.done,
        },
    ),
    BatchInProgress: lambda error: (
        409,
        "batch_in_progress",
        str(error),
        {"batch_id": error.batch_id},
    ),
    OrderNotFound: lambda error: (
        404,
        "order_not_found",
        "Order not found",
        {"order_id": _cut(error.order_id)},
    ),
    IllegalTransition: lambda error: (
        409,
        "illegal_transition",
        str(error),
        {"order_id": error.order_id, "status": error.status, "target": error.target},
    ),
    RepositoryUnavailable: lambda _: (
        503,
        "unavailable",
        "the database does not answer; try again",
        {},
    ),
    OutcomeUnknown: lambda _: (
        503,
        "outcome_unknown",
        "the database did not answer in time; the request may have been stored, so ask for it",
        {},
    ),
    NotReady: lambda error: (503, "not_ready", str(error), {}),
    HTTPException: lambda error: (  # no such path or method, a body too large or of another type
        error.code or 500,
        error.name.lower().replace(" ", "_"),
        (error.description or error.name).split(". ")[0],
        {},
    ),
    Exception: lambda _: (500, "internal_error", "something went wrong on our side", {}),
}


def register_errors(app: Flask) -> None:
    """Answer every failure of this app in the one shape."""
    app.register_error_handler(Exception, _respond)


def answer_to(error: Exception) -> Answer:
    """What this error is answered with."""
    return next(answer for kind, answer in TABLE.items() if isinstance(error, kind))(error)


def _respond(error: Exception) -> Response:
    status, code, message, details = answer_to(error)
    response = jsonify(error=message, code=code, details=details)
    response.status_code = status
    if status == HTTPStatus.SERVICE_UNAVAILABLE:  # logged already, where it was noticed
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("unexpected error", exc_info=error)
    if isinstance(error, HTTPException):
        for name, value in error.get_headers():
            if name not in {"Content-Type", "Content-Length"}:
                response.headers[name] = value
    return response
