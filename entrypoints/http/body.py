"""Reads a JSON body strictly: what is ambiguous or not JSON is refused, never guessed."""

import json
from decimal import Decimal
from itertools import islice
from typing import Any, NoReturn

from flask import Request
from marshmallow import Schema, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from entrypoints.http.errors import NAME_LENGTH, InvalidRequest

MAX_BODY_BYTES = 1024 * 1024
FIELDS_NAMED = 20


class _NotJson(ValueError):
    """Something that Python's reader would let pass."""


def load_body(request: Request, schema: Schema) -> Any:
    """The body as the schema makes it; numbers with a fraction arrive there as Decimal.

    Raises InvalidRequest (400), UnsupportedMediaType (415) and RequestEntityTooLarge (413).
    """
    if not request.is_json:
        raise UnsupportedMediaType("send JSON, with Content-Type: application/json")
    encoding = request.headers.get("Content-Encoding", "identity")
    if encoding.lower() != "identity":
        raise UnsupportedMediaType(f"send it uncompressed, not as {encoding[:NAME_LENGTH]!r}")
    try:
        return schema.load(_parse(_read(request)))
    except ValidationError as error:
        raise invalid_fields(error.messages_dict) from error


def invalid_fields(messages: dict[str, Any]) -> InvalidRequest:
    """The error that names the fields that are wrong, and tells of the first one.

    It is short whatever was sent: not more than so many fields, each with not more than so much
    of its name.
    """
    named = {str(name)[:NAME_LENGTH]: messages[name] for name in islice(messages, FIELDS_NAMED)}
    field, problems = next(iter(named.items()))
    while isinstance(problems, dict):  # a list's items are numbered
        problems = next(iter(problems.values()))
    return InvalidRequest(f"{field}: {problems[0]}", named)


def _read(request: Request) -> bytes:
    """The whole body: Werkzeug cuts a chunked one at the limit, and takes a short one as it is."""
    body = request.get_data(cache=False)
    if len(body) > MAX_BODY_BYTES:
        raise RequestEntityTooLarge
    if request.content_length is not None and len(body) < request.content_length:
        raise InvalidRequest("the body is shorter than its Content-Length")
    return body


def _parse(body: bytes) -> dict[str, Any]:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"the body is not UTF-8: byte {error.start} is wrong") from error
    try:
        document = json.loads(
            text,
            parse_float=_decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_refuse_duplicates,
        )
    except RecursionError as error:
        raise InvalidRequest("the body is nested too deeply") from error
    except (json.JSONDecodeError, _NotJson) as error:
        raise InvalidRequest(f"the body is not valid JSON: {error}") from error
    except ValueError as error:  # Python reads no integer of over 4,300 digits
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
