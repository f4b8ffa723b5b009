"""GET /orders/<order_id>/history: what has happened to an order, and who caused it."""

from typing import Any

from dependency_injector.providers import Provider
from flask import Blueprint, Response
from marshmallow import fields

from application.ports import RepositoryUnavailable
from application.views.get_history import GetHistory
from domain.errors import OrderNotFound
from domain.events import OrderEvent
from domain.transitions import EventKind, OrderStatus
from entrypoints.http.json import JsonAnswer
from entrypoints.http.operation import operation
from entrypoints.http.orders.answers import time_field, time_text
from entrypoints.http.orders.order_path import OrderPathSchema
from entrypoints.http.schemas import AnswerSchema


class EventSchema(AnswerSchema):
    """One line of an order's history."""

    sequence = fields.Integer(
        metadata={"description": "from 1, without a gap; also the order's version", "example": 4}
    )
    kind = fields.String(
        metadata={
            "enum": list(EventKind),
            "description": "later versions may add more",
            "example": "failed",
        }
    )
    status = fields.String(
        metadata={
            "enum": list(OrderStatus),
            "description": "of the order, after it",
            "example": "Failed",
        }
    )
    at = time_field("2025-02-21T15:00:24.758685+00:00")
    attempt = fields.Integer(
        metadata={"description": "how often it had been started", "example": 1}
    )
    actor = fields.String(
        metadata={
            "description": "client, operator or worker; with a name behind a colon, where known",
            "example": "worker",
        }
    )
    reason = fields.String(allow_none=True, metadata={"example": "item 102 is not sold any more"})


class HistorySchema(AnswerSchema):
    """All that has happened to an order, oldest first; its status is that of the last event."""

    events = fields.List(fields.Nested(EventSchema))


def history_blueprint(get_history: Provider[GetHistory]) -> Blueprint:
    """One route, to be nested under the orders."""
    blueprint = Blueprint("history", __name__, url_prefix="/<order_id:order_id>/history")

    @blueprint.get("")
    @operation(
        "get_history",
        "Read the history of an order",
        path=OrderPathSchema,
        answers={200: HistorySchema},
        errors=(OrderNotFound("ORD404"), RepositoryUnavailable()),
    )
    def history(order_id: str) -> Response:
        """Each step of its life: when, in which attempt, by whom and why."""
        return JsonAnswer({"events": [_document(event) for event in get_history()(order_id)]})

    return blueprint


def _document(event: OrderEvent) -> dict[str, Any]:
    return {
        "sequence": event.seq,
        "kind": event.kind.value,
        "status": event.status.value,
        "at": time_text(event.at),
        "attempt": event.attempt,
        "actor": str(event.caused_by),
        "reason": event.public_reason,
    }
