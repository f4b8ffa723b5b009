"""Reads a JSON body strictly: what is ambiguous or not JSON is refused, never guessed."""

import json
from decimal import Decimal
from typing import Any, NoReturn

from flask import Request
from marshmallow import Schema
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from entrypoints.http.errors import NAME_LENGTH, InvalidRequest

MAX_BODY_BYTES = 1024 * 1024
SEND_JSON = "send JSON, with Content-Type: application/json"


class _NotJson(ValueError):
    """Something that Python's JSON parser accepts although it is not JSON."""


def read_body(request: Request) -> dict[str, Any]:
    """The JSON object that was sent; numbers with a fraction are Decimal, exactly as written.

    Raises InvalidRequest (400), UnsupportedMediaType (415) and RequestEntityTooLarge (413).
    """
    if not request.is_json:
        raise UnsupportedMediaType(SEND_JSON)
    # Not from request.headers, which raise and catch an error for each header that is not there.
    encoding: str = request.environ.get("HTTP_CONTENT_ENCODING", "identity")
    if encoding.lower() != "identity":
        raise UnsupportedMediaType(f"send it uncompressed, not as {encoding[:NAME_LENGTH]!r}")
    announced = request.content_length or 0  # parsed at each call
    if announced > MAX_BODY_BYTES:  # our server has not even read it
        raise RequestEntityTooLarge
    # Werkzeug truncates a chunked body at the limit, and accepts one that was cut off.
    body = request.get_data(cache=False)
    if len(body) > MAX_BODY_BYTES:
        raise RequestEntityTooLarge
    if len(body) < announced:
        raise InvalidRequest("the body is shorter than its Content-Length")
    return _parse(body)


def errors_of_body(schema: Schema) -> tuple[Exception, ...]:
    """An example of each error that reading a body of this schema can raise."""
    required = ((name, field) for name, field in schema.fields.items() if field.required)
    name, field = next(required, next(iter(schema.fields.items())))
    problem = field.error_messages["required" if field.required else "invalid"]
    return (
        InvalidRequest.of_fields({name: [problem]}),
        RequestEntityTooLarge(),
        UnsupportedMediaType(SEND_JSON),
    )


def _parse(body: bytes) -> dict[str, Any]:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"the body is not UTF-8: byte {error.start} is wrong") from error
    try:
        document = _DECODER.decode(text)
    except RecursionError as error:
        raise InvalidRequest("the body is nested too deeply") from error
    except (json.JSONDecodeError, _NotJson) as error:
        raise InvalidRequest(f"the body is not valid JSON: {error}") from error
    except ValueError as error:  # Python refuses integers of more than 4,300 digits
        raise InvalidRequest("a number in the body has too many digits") from error
    if not isinstance(document, dict):
        raise InvalidRequest("the body must be a JSON object")
    return document


def _decimal(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except ArithmeticError as error:  # an exponent that Decimal cannot hold
        raise _NotJson(f"{digits[:NAME_LENGTH]} is out of range") from error


def _refuse_constant(name: str) -> NoReturn:
    raise _NotJson(f"{name} is not a JSON number")


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        raise _NotJson("an object has the same key twice")
    return document


_DECODER = json.JSONDecoder(  # made once: json.loads would make one for each body
    parse_float=_decimal,
    parse_constant=_refuse_constant,
    object_pairs_hook=_refuse_duplicates,
)
