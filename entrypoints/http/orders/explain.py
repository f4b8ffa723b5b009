"""GET /orders/<order_id>/explain: why an order is where it is, and what it can expect."""

from typing import Any

from dependency_injector.providers import Provider
from flask import Blueprint, Response
from marshmallow import fields

from application.ports import RepositoryUnavailable
from application.views.explain_order import COUNTED, ExplainOrder
from application.views.explanation import Explanation
from application.views.standing import Used, Why
from domain.errors import OrderNotFound
from domain.transitions import OrderStatus
from entrypoints.http.json import JsonAnswer
from entrypoints.http.operation import operation
from entrypoints.http.orders.answers import time_field, time_text
from entrypoints.http.orders.order_path import OrderPathSchema
from entrypoints.http.schemas import AnswerSchema


class UsedSchema(AnswerSchema):
    """How much of something is used up; when all of it is, the order has Failed."""

    used = fields.Integer(metadata={"example": 1})
    most = fields.Integer(metadata={"example": 5})


class LineSchema(AnswerSchema):
    """The orders that are due before it."""

    ahead = fields.Integer(metadata={"description": f"at most {COUNTED:,}", "example": 12})
    is_longer = fields.Boolean(
        metadata={"description": "whether there are more than that", "example": False}
    )


class RateSchema(AnswerSchema):
    """How fast orders are processed now, by all processes together."""

    orders_per_second = fields.Float(metadata={"example": 2.4})
    measured_from = fields.String(
        metadata={"example": "12 orders in processing, for 5.01 s each on average"}
    )


class LeaseSchema(AnswerSchema):
    """Which process has it, and until when: that is renewed for as long as the process lives."""

    owner = fields.String(metadata={"example": "6f1c2f0e8f0b4a5c9d3e7a1b2c4d5e6f"})
    until = time_field("2025-02-21T15:00:32.000000+00:00")


def _nullable(schema: type[AnswerSchema]) -> fields.Field[Any]:
    return fields.Nested(schema, allow_none=True)


class ExplanationSchema(AnswerSchema):
    """Why an order is where it is; what does not apply, or is not known, is null."""

    order_id = fields.String(metadata={"example": "ORD003"})
    status = fields.String(metadata={"enum": list(OrderStatus), "example": "Pending"})
    why = fields.String(
        metadata={
            "enum": list(Why),
            "description": "what it waits for, or how it ended; later versions may add more",
            "example": "in_line",
        }
    )
    summary = fields.String(
        metadata={
            "description": "all of it, for people",
            "example": "It waits for a worker; 12 orders are due before it.",
        }
    )
    line = _nullable(LineSchema)
    rate = _nullable(RateSchema)
    expected_start_at = time_field("2025-02-21T15:00:22.000000+00:00", allow_none=True)
    expected_end_at = time_field("2025-02-21T15:00:27.011218+00:00", allow_none=True)
    lease = _nullable(LeaseSchema)
    attempts = fields.Nested(UsedSchema, metadata={"description": "that failed"})
    crashes = fields.Nested(UsedSchema, metadata={"description": "of workers that had it"})
    next_retry_at = time_field("2025-02-21T15:00:22.000000+00:00", allow_none=True)
    last_error = fields.String(allow_none=True, metadata={"example": "ConnectionError"})
    not_before = time_field("2025-02-21T18:00:00.000000+00:00", allow_none=True)
    hold_reason = fields.String(allow_none=True, metadata={"example": "address in doubt"})
    pause_reason = fields.String(allow_none=True, metadata={"example": "stocktaking"})
    parked_until = time_field("2025-02-21T16:00:17.000000+00:00", allow_none=True)


def explain_blueprint(explain_order: Provider[ExplainOrder]) -> Blueprint:
    """One route, to be nested under the orders."""
    blueprint = Blueprint("explain", __name__, url_prefix="/<order_id:order_id>/explain")

    @blueprint.get("")
    @operation(
        "explain_order",
        "Explain why an order is where it is",
        path=OrderPathSchema,
        answers={200: ExplanationSchema},
        errors=(OrderNotFound("ORD404"), RepositoryUnavailable()),
    )
    def explain(order_id: str) -> Response:
        """Its place in the line, what it waits for, what went wrong, and when it may be done."""
        return JsonAnswer(_document(explain_order()(order_id)))

    return blueprint


def _document(found: Explanation) -> dict[str, Any]:
    line, pace = found.line, found.pace
    return {
        "order_id": found.order.order_id,
        "status": found.order.status.value,
        "why": found.why.value,
        "summary": found.summary,
        "line": None if line is None else {"ahead": line.ahead, "is_longer": line.is_longer},
        "rate": None
        if pace is None
        else {"orders_per_second": round(pace.per_second, 3), "measured_from": str(pace)},
        "expected_start_at": time_text(found.expected_start_at),
        "expected_end_at": time_text(found.expected_end_at),
        "lease": None
        if found.holder is None
        else {"owner": found.holder, "until": time_text(found.held_until)},
        "attempts": _used(found.attempts),
        "crashes": _used(found.crashes),
        "next_retry_at": time_text(found.next_retry_at),
        "last_error": found.last_error,
        "not_before": time_text(found.order.not_before),
        "hold_reason": found.hold_reason,
        "pause_reason": found.pause_reason,
        "parked_until": time_text(found.parked_until),
    }


def _used(count: Used) -> dict[str, int]:
    return {"used": count.used, "most": count.most}
