"""GET /orders/metrics: counts and averages over all orders, and their ids on request."""

from typing import Any

from dependency_injector.providers import Provider
from flask import Blueprint, Response
from marshmallow import fields

from application.ports import RepositoryUnavailable
from application.views.compute_metrics import ComputeMetrics
from entrypoints.http.errors import Busy
from entrypoints.http.json import JsonAnswer
from entrypoints.http.operation import operation
from entrypoints.http.orders.metrics_document import metrics_document, stream_metrics
from entrypoints.http.orders.spool import TOO_MANY, SpoolMemory
from entrypoints.http.schemas import AnswerSchema, QuerySchema


class _Flag(fields.Boolean):
    """A boolean in a query: true or True, as programs write it."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> bool:
        return super()._deserialize(value.lower(), *args, **kwargs)


class MetricsQuerySchema(QuerySchema):
    """Whether to list the orders."""

    with_order_ids = _Flag(
        data_key="getOrderIds",
        truthy={"true", "1"},
        falsy={"false", "0"},
        error_messages={"invalid": "Must be true or false."},
        load_default=False,
        metadata={"description": "true to list the order ids by status"},
    )


class StatusCountSchema(AnswerSchema):
    """The orders in one status."""

    count = fields.Integer(metadata={"example": 1})
    order_ids = fields.List(
        fields.String(),
        metadata={"description": "empty without getOrderIds", "example": ["ORD003"]},
    )


class MetricsSchema(AnswerSchema):
    """All orders by status; failed and cancelled are present once there is such an order."""

    optional = frozenset({"failed", "cancelled"})

    total_orders = fields.Integer(metadata={"example": 1})
    average_processing_time = fields.Float(
        metadata={"description": "of completed orders, in seconds; 0 while there is none"}
    )
    average_processing_time_from_creation = fields.Float(
        metadata={"description": "of completed orders, in seconds; 0 while there is none"}
    )
    pending = fields.Nested(StatusCountSchema)
    processing = fields.Nested(StatusCountSchema)
    completed = fields.Nested(StatusCountSchema)
    failed = fields.Nested(StatusCountSchema)
    cancelled = fields.Nested(StatusCountSchema)


def metrics_blueprint(compute_metrics: Provider[ComputeMetrics], memory: SpoolMemory) -> Blueprint:
    """One route, to be nested under the orders; `memory` is for lists of ids."""
    blueprint = Blueprint("metrics", __name__, url_prefix="/metrics")

    @blueprint.get("")
    @operation(
        "get_metrics",
        "Counts and averages over all orders",
        query=MetricsQuerySchema,
        answers={200: MetricsSchema},
        errors=(RepositoryUnavailable(), Busy(TOO_MANY)),
    )
    def show(*, with_order_ids: bool) -> Response:
        """All from one moment: counts, averages and ids agree."""
        if with_order_ids:
            return stream_metrics(compute_metrics().with_order_ids(), memory)
        return JsonAnswer(metrics_document(compute_metrics()()))

    return blueprint
