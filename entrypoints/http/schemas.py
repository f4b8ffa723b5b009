"""What goes out, described; the documentation is generated from these."""

from typing import Any, ClassVar

from marshmallow import EXCLUDE, Schema, fields

from domain.transitions import OrderStatus


class _Answer(Schema):
    """Every key is always there, unless it is optional; later versions may add more."""

    class Meta:
        unknown = EXCLUDE  # so that the document neither forbids nor types what else may come

    optional: ClassVar[frozenset[str]] = frozenset()

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        field_obj.required = field_name not in self.optional


class CreatedSchema(_Answer):
    """The order is stored and will be processed."""

    message = fields.String(metadata={"example": "Order created"})
    order_id = fields.String(metadata={"example": "ORD003"})


def _time(example: str, **options: Any) -> fields.Field[Any]:
    return fields.String(metadata={"format": "date-time", "example": example}, **options)


def _seconds(example: float, **options: Any) -> fields.Field[Any]:
    return fields.Float(metadata={"description": "in seconds", "example": example}, **options)


class OrderSchema(_Answer):
    """One order; what is not known yet is null. A failed one says why."""

    optional = frozenset({"failure_reason"})

    order_id = fields.String(metadata={"example": "ORD003"})
    user_id = fields.Integer(metadata={"example": 1})
    item_ids = fields.String(metadata={"example": "101,102,103"})
    total_amount = fields.Float(metadata={"example": 59.99})
    status = fields.String(metadata={"enum": list(OrderStatus), "example": "Completed"})
    created_at = _time("2025-02-21T15:00:17.000000+00:00")
    processing_started_at = _time("2025-02-21T15:00:19.747467+00:00", allow_none=True)
    completed_at = _time("2025-02-21T15:00:24.758685+00:00", allow_none=True)
    pending_duration = _seconds(2.747467, allow_none=True)
    processing_duration = _seconds(5.011218, allow_none=True)
    total_duration = _seconds(7.758685, allow_none=True)
    failure_reason = fields.String()


class StatusCountSchema(_Answer):
    """The orders in one status."""

    count = fields.Integer(metadata={"example": 1})
    order_ids = fields.List(
        fields.String(),
        metadata={"description": "empty without getOrderIds", "example": ["ORD003"]},
    )


class MetricsSchema(_Answer):
    """All orders, by status. Failed and cancelled stand there once there is such an order."""

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


class PopulatedSchema(_Answer):
    """What became of a batch."""

    batch_id = fields.String(metadata={"example": "f3402fae"})
    total_entries = fields.Integer(metadata={"example": 4})
    success_count = fields.Integer(metadata={"example": 4})
    failure_count = fields.Integer(metadata={"example": 0})
    errors = fields.List(fields.String(), metadata={"example": []})


class ErrorSchema(_Answer):
    """Every failure looks like this."""

    error = fields.String(metadata={"description": "one sentence, for people"})
    code = fields.String(metadata={"description": "for programs; it stays as it is"})
    details = fields.Raw(
        metadata={"type": "object", "description": "facts; for a bad request, by field"}
    )


class HealthSchema(_Answer):
    """Whether the service is well."""

    status = fields.String(metadata={"example": "ok"})
