"""Reads a JSON body strictly: what is ambiguous or not JSON is refused, never guessed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from io import BytesIO
from itertools import islice
from threading import BoundedSemaphore
from typing import Any, NoReturn

from flask import Request
from marshmallow import Schema
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from entrypoints.http.errors import NAME_LENGTH, Busy, InvalidRequest

MAX_BODY_BYTES = 1024 * 1024
MAX_BATCH_BYTES = 8 * 1024 * 1024  # 1,000 orders of 1,000 items with ids of six digits
LARGER_BODIES = dict.fromkeys(("/orders/batch", "/orders/batch/"), MAX_BATCH_BYTES)  # by path
LARGE_AT_ONCE = 4  # bodies above MAX_BODY_BYTES: read, one of them may take 300 MB
TOO_MANY_LARGE = "too many large bodies are being read; try again"
NDJSON = "application/x-ndjson"
SEND_JSON = "send JSON, with Content-Type: application/json"
SEND_MANY = f"send a JSON array as application/json, or JSON objects line by line as {NDJSON}"

_large_bodies = BoundedSemaphore(LARGE_AT_ONCE)


class _NotJson(ValueError):
    """Something that Python's JSON parser accepts although it is not JSON."""


def read_body(request: Request) -> dict[str, Any]:
    """The JSON object that was sent; numbers with a fraction are Decimal, exactly as written.

    Raises InvalidRequest (400), UnsupportedMediaType (415) and RequestEntityTooLarge (413).
    """
    if not request.is_json:
        raise UnsupportedMediaType(SEND_JSON)
    document = parse(_read(request), "the body")
    if not isinstance(document, dict):
        raise InvalidRequest("the body must be a JSON object")
    return document


@contextmanager
def read_many(request: Request, most: int) -> Iterator[list[dict[str, Any] | InvalidRequest]]:
    """The JSON objects of an array, or of the lines of NDJSON, without its empty lines.

    In place of what is no object: why. Raises as read_body does, for none or too many as well; and
    Busy while the blocks of others have as many large bodies as may be in memory.
    """
    if not request.is_json and request.mimetype != NDJSON:
        raise UnsupportedMediaType(SEND_MANY)
    body = _read(request)
    with _room_for(body):
        objects = _objects_in_array(body) if request.is_json else _objects_in_lines(body)
        found = list(islice(objects, most + 1))
        if not found:
            raise InvalidRequest("the body is empty; send at least one order")
        if len(found) > most:
            raise _too_many(most)
        yield found


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


def errors_of_many(most: int) -> tuple[Exception, ...]:
    """An example of each error that reading so many can raise."""
    return (
        InvalidRequest("the body must be a JSON array"),
        _too_many(most),
        UnsupportedMediaType(SEND_MANY),
        Busy(TOO_MANY_LARGE),
    )


def parse(text: bytes, name: str) -> Any:
    """What the JSON text says. Raises InvalidRequest, whose message begins with `name`."""
    try:
        return _DECODER.decode(text.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"{name} is not UTF-8: byte {error.start} is wrong") from error
    except RecursionError as error:
        raise InvalidRequest(f"{name} is nested too deeply") from error
    except (json.JSONDecodeError, _NotJson) as error:
        raise InvalidRequest(f"{name} is not valid JSON: {error}") from error
    except ValueError as error:  # Python refuses integers of more than 4,300 digits
        raise InvalidRequest(f"{name} has a number with too many digits") from error


def _read(request: Request) -> bytes:
    # Not from request.headers, which raise and catch an error for each header that is not there.
    encoding: str = request.environ.get("HTTP_CONTENT_ENCODING", "identity")
    if encoding.lower() != "identity":
        raise UnsupportedMediaType(f"send it uncompressed, not as {encoding[:NAME_LENGTH]!r}")
    limit = LARGER_BODIES.get(request.path, MAX_BODY_BYTES)
    announced = request.content_length or 0  # parsed at each call
    if announced > limit:  # our server has not even read it
        raise RequestEntityTooLarge
    # Werkzeug truncates a chunked body at the limit, and accepts one that was cut off.
    body = request.get_data(cache=False)
    if len(body) > limit:
        raise RequestEntityTooLarge
    if len(body) < announced:
        raise InvalidRequest("the body is shorter than its Content-Length")
    return body


@contextmanager
def _room_for(body: bytes) -> Iterator[None]:
    if len(body) <= MAX_BODY_BYTES:
        yield
    elif _large_bodies.acquire(blocking=False):
        try:
            yield
        finally:
            _large_bodies.release()
    else:
        raise Busy(TOO_MANY_LARGE)


def _objects_in_array(body: bytes) -> Iterator[dict[str, Any] | InvalidRequest]:
    documents = parse(body, "the body")
    if not isinstance(documents, list):
        raise InvalidRequest("the body must be a JSON array")
    for document in documents:
        yield _object(document, "an order")


def _objects_in_lines(body: bytes) -> Iterator[dict[str, Any] | InvalidRequest]:
    for number, line in enumerate(BytesIO(body), 1):
        if not line.isspace():
            try:
                yield _object(parse(line, f"line {number}"), f"line {number}")
            except InvalidRequest as error:
                yield error


def _object(document: Any, name: str) -> dict[str, Any] | InvalidRequest:
    if isinstance(document, dict):
        return document
    return InvalidRequest(f"{name} must be a JSON object")


def _too_many(most: int) -> RequestEntityTooLarge:
    return RequestEntityTooLarge(f"send at most {most:,} at once")


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
