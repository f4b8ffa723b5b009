"""Routes that only who shares our secret may call: each request is signed."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from dependency_injector.providers import Provider
from flask import Response, request
from marshmallow import Schema, fields

from application.ports import MessageSignatures
from entrypoints.http.operation import View


class SignatureSchema(Schema):
    """The headers of Standard Webhooks. It only describes: see MessageSignatures.check."""

    message_id = fields.String(
        required=True,
        data_key="webhook-id",
        metadata={"description": "the same when it is sent again", "example": "msg_27UH4WbU6Z5A5"},
    )
    sent_at = fields.String(
        required=True,
        data_key="webhook-timestamp",
        metadata={"description": "in seconds since 1970; now, give or take five minutes"},
    )
    signatures = fields.String(
        required=True,
        data_key="webhook-signature",
        metadata={
            "description": "`v1,` and the base64 of the HMAC-SHA256 of id, timestamp and body,"
            " with full stops between them; several with spaces between them",
            "example": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
        },
    )


def signed(signatures: Provider[MessageSignatures]) -> Callable[[View], View]:
    """Call the view, an operation, only with a good signature; else BadSignature is raised."""

    def declare(view: View) -> View:
        @wraps(view)
        def check_and_view(**path_parts: Any) -> Response:
            headers = {name.lower(): value for name, value in request.headers}
            signatures().check(headers, request.get_data())
            return view(**path_parts)

        return check_and_view

    return declare
