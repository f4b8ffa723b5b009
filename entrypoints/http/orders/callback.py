"""POST /orders/<order_id>/callback: what came of an order that was accepted elsewhere."""

from typing import Any

from dependency_injector.providers import Provider
from flask import Blueprint, Response
from marshmallow import fields, post_load, validate

from application.orders.report_result import ReportResult, Result
from application.ports import (
    BadSignature,
    MessageSignatures,
    OutcomeUnknown,
    RepositoryUnavailable,
)
from domain.errors import IllegalTransition, OrderNotFound, StaleAttempt
from domain.rules import REASON_LENGTH
from domain.transitions import OrderStatus
from entrypoints.http.operation import operation
from entrypoints.http.orders.fields import WHOLE
from entrypoints.http.orders.order_document import OrderSchema
from entrypoints.http.orders.order_path import OrderPathSchema
from entrypoints.http.orders.versions import order_answer
from entrypoints.http.schemas import RequestSchema
from entrypoints.http.signed import SignatureSchema, signed

MOST_ATTEMPTS = 2**31 - 1
COMPLETED, FAILED = "completed", "failed"


class _Flag(fields.Boolean):
    """true or false, and nothing that only looks like it."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class CallbackSchema(RequestSchema):
    """The result of one attempt."""

    attempt = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(min=1, max=MOST_ATTEMPTS),
        metadata={"description": f"as it came with the order; {WHOLE}", "example": 1},
    )
    result = fields.String(
        required=True, validate=validate.OneOf([COMPLETED, FAILED]), metadata={"example": COMPLETED}
    )
    reason = fields.String(
        allow_none=True,
        metadata={
            "minLength": 1,
            "maxLength": REASON_LENGTH,
            "description": "of a failure, for which it is required: one line, which clients see",
        },
    )
    retry = _Flag(
        load_default=False,
        metadata={"description": "whether a failed attempt may be followed by another"},
    )

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {
            "attempt": data["attempt"],
            "is_completed": data["result"] == COMPLETED,
            "reason": data.get("reason"),
            "may_retry": data["retry"],
        }


def callback_blueprint(
    report_result: Provider[ReportResult], signatures: Provider[MessageSignatures]
) -> Blueprint:
    """One route, to be nested under the orders."""
    blueprint = Blueprint("callback", __name__, url_prefix="/<order_id:order_id>/callback")

    @blueprint.post("")
    @signed(signatures)
    @operation(
        "report_result",
        "Report what came of an order that was accepted with 202",
        path=OrderPathSchema,
        headers=SignatureSchema,
        body=CallbackSchema,
        answers={200: OrderSchema},
        errors=(
            BadSignature("webhook-signature is not that of this body with our secret"),
            OrderNotFound("ORD404"),
            StaleAttempt("ORD003", 1, 2),
            IllegalTransition("ORD003", OrderStatus.CANCELLED, OrderStatus.COMPLETED, "completed"),
            RepositoryUnavailable(),
            OutcomeUnknown(),
        ),
    )
    def report(body: dict[str, Any], order_id: str) -> Response:
        """For the fulfilment system, signed with the secret that both share. Safe to repeat.

        Another attempt than the present one, or one that has ended otherwise, is a conflict.
        """
        return order_answer(report_result()(Result(order_id=order_id, **body)))

    return blueprint
