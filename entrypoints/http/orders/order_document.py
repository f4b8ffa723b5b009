"""One order as clients see it: its schema for the documentation, and the document itself.

The document is built by hand: a schema's dump takes three times as long. Tests compare it with the
schema.
"""

from decimal import Decimal
from typing import Any, ClassVar

from marshmallow import fields

from domain.order import Order
from domain.transitions import OrderStatus
from entrypoints.http.orders.answers import seconds, seconds_field, time_field, time_text
from entrypoints.http.schemas import AnswerSchema

ETAG = {
    "description": "Names this version of the order, for If-None-Match and If-Match.",
    "schema": {"type": "string"},
    "example": '"3"',
}


class OrderSchema(AnswerSchema):
    """One order; what is not known yet is null. A failed one says why."""

    optional = frozenset({"failure_reason"})
    headers: ClassVar = {"ETag": ETAG}

    order_id = fields.String(metadata={"example": "ORD003"})
    user_id = fields.Integer(metadata={"example": 1})
    item_ids = fields.String(metadata={"example": "101,102,103"})
    total_amount = fields.Float(metadata={"example": 59.99})
    status = fields.String(metadata={"enum": list(OrderStatus), "example": "Completed"})
    created_at = time_field("2025-02-21T15:00:17.000000+00:00")
    processing_started_at = time_field("2025-02-21T15:00:19.747467+00:00", allow_none=True)
    completed_at = time_field("2025-02-21T15:00:24.758685+00:00", allow_none=True)
    pending_duration = seconds_field(2.747467, allow_none=True)
    processing_duration = seconds_field(5.011218, allow_none=True)
    total_duration = seconds_field(7.758685, allow_none=True)
    failure_reason = fields.String()


def order_document(order: Order) -> dict[str, Any]:
    """The order; only a failed one has a reason."""
    document: dict[str, Any] = {
        "completed_at": time_text(order.completed_at),
        "created_at": time_text(order.created_at),
        "item_ids": ",".join(map(str, order.item_ids)),
        "order_id": order.order_id,
        "pending_duration": seconds(order.pending_duration),
        "processing_duration": seconds(order.processing_duration),
        "processing_started_at": time_text(order.processing_started_at),
        "status": order.status.value,
        "total_amount": amount_number(order.total_amount),
        "total_duration": seconds(order.total_duration),
        "user_id": order.user_id,
    }
    if order.status is OrderStatus.FAILED:
        document["failure_reason"] = order.public_reason
    return document


def amount_number(amount: Decimal) -> int | float:
    """The number as it was sent: a float shows up to 15 digits unchanged, an amount has 12."""
    number = float(amount)
    return int(number) if number.is_integer() else number
