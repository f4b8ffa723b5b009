"""Idempotency-Key: a request that is sent again with its key is answered again, and done once.

After draft-ietf-httpapi-idempotency-key-header-07. The answer is stored in the transaction of what
was asked, so none is kept of a request that failed: it is tried again.
"""

import hashlib
import json
from collections.abc import Callable
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from typing import Any

from flask import Response, copy_current_request_context, request
from marshmallow import Schema, fields

from application.orders.repeatable import Repeatable
from application.ports import KeptAnswer, KeptAnswers, KeyUsed
from domain.errors import OrderError
from entrypoints.http.errors import InvalidRequest, KeyReused
from entrypoints.http.json import ENCODER

KEY = "HTTP_IDEMPOTENCY_KEY"  # in a request's environ
KEY_LENGTH = 255
KEPT_HEADERS = ("ETag", "Location")

_exact = Context(prec=MAX_PREC, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])  # whatever was sent


class KeySchema(Schema):
    """The header; it only describes."""

    key = fields.String(
        data_key="Idempotency-Key",
        metadata={
            "minLength": 1,
            "maxLength": KEY_LENGTH,
            "description": "New for each request. A request that comes again with its key is done"
            " once, and answered as before, with `Idempotency-Replayed: true`; for 24 hours.",
            "example": "8e03978e-40d5-43dd-bc93-6894a57f9324",
        },
    )


def once_for_key(
    key: str, answers: KeptAnswers, document: Any, view: Callable[[Repeatable], Response]
) -> Response:
    """What the view answers, or what it answered when the request came with this key before.

    `document` is the body. Raises InvalidRequest for a bad key, KeyReused, RepositoryError, and
    what the view raises.
    """
    repeatable = Repeatable(_scoped(key), _fingerprint(document), lambda _: "")
    kept = answers.find(repeatable.key)
    if kept is None:
        try:
            return view(repeatable)
        except (KeyUsed, OrderError):  # a twin may have been faster: the order is cancelled, say
            kept = answers.find(repeatable.key)
            if kept is None:
                raise
    return _replay(kept, repeatable)


def answered_by(
    repeatable: Repeatable | None, respond: Callable[[Any], Response]
) -> Repeatable | None:
    """The same, with the answer that the view gives for what the use case returns."""
    if repeatable is None:
        return None

    @copy_current_request_context  # it may be written in another thread
    def write(outcome: Any) -> str:
        return _written(respond(outcome))

    return repeatable._replace(write_answer=write)


def _scoped(key: str) -> str:
    """The key, good for this method and address alone; raises InvalidRequest."""
    if not 1 <= len(key) <= KEY_LENGTH or not key.isascii() or not key.isprintable():
        raise InvalidRequest(
            f"Idempotency-Key: must be 1 to {KEY_LENGTH} printable ASCII characters"
        )
    scoped = "\n".join((request.method, request.path.rstrip("/"), key))
    return hashlib.sha256(scoped.encode()).hexdigest()


def _fingerprint(document: Any) -> str:
    """Of what the body says, however it is written; raises InvalidRequest."""
    try:
        text = json.dumps(document, sort_keys=True, default=_text)
    except RecursionError as error:  # what could just be parsed, from fewer frames
        raise InvalidRequest("the body is nested too deeply") from error
    return hashlib.sha256(text.encode()).hexdigest()


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(_exact.normalize(value))  # 1.50 is 1.5; 1e999999 stays as short as it came
    return str(value)  # why a line is no JSON


def _written(response: Response) -> str:
    headers = response.get_wsgi_headers(request.environ)
    return ENCODER.encode(
        {
            "body": response.get_data(as_text=True),
            "headers": {name: headers[name] for name in KEPT_HEADERS if name in headers},
            "status": response.status_code,
        }
    )


def _replay(kept: KeptAnswer, repeatable: Repeatable) -> Response:
    if kept.fingerprint != repeatable.fingerprint:
        raise KeyReused
    answer = json.loads(kept.text)
    response = Response(answer["body"], answer["status"], content_type="application/json")
    response.headers.update(answer["headers"])
    response.headers["Idempotency-Replayed"] = "true"
    response.autocorrect_location_header = False
    return response
