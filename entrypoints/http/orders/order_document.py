"""What goes out, as plain documents; the schemas in http/schemas.py describe them.

Made by hand, because a schema's dump of one order costs three times as much. Tests hold every
document to its schema.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from application.orders.populate_orders import PopulateResult
from domain.order import Order
from domain.totals import Totals
from domain.transitions import OrderStatus

ALWAYS_LISTED = {OrderStatus.PENDING, OrderStatus.PROCESSING, OrderStatus.COMPLETED}


def order_document(order: Order) -> dict[str, Any]:
    """One order; only a failed one has a reason."""
    document: dict[str, Any] = {
        "completed_at": _time(order.completed_at),
        "created_at": _time(order.created_at),
        "item_ids": ",".join(map(str, order.item_ids)),
        "order_id": order.order_id,
        "pending_duration": _seconds(order.pending_duration),
        "processing_duration": _seconds(order.processing_duration),
        "processing_started_at": _time(order.processing_started_at),
        "status": order.status.value,
        "total_amount": json_number(order.total_amount),
        "total_duration": _seconds(order.total_duration),
        "user_id": order.user_id,
    }
    if order.status is OrderStatus.FAILED:
        document["failure_reason"] = order.public_reason
    return document


def metrics_document(totals: Totals) -> dict[str, Any]:
    """The specification's document, without ids."""
    counts = {
        status.lower(): {"count": totals.count(status), "order_ids": []}
        for status in listed_statuses(totals)
    }
    return averages(totals) | counts | {"total_orders": totals.orders}


def populated_document(result: PopulateResult) -> dict[str, Any]:
    """What became of a batch."""
    return {
        "batch_id": result.batch.batch_id,
        "errors": [f"order {order_id} exists already" for order_id in result.taken],
        "failure_count": result.batch.taken,
        "success_count": result.success_count,
        "total_entries": result.total_entries,
    }


def averages(totals: Totals) -> dict[str, Any]:
    """Of completed orders, in seconds."""
    return {
        "average_processing_time": totals.average_processing_seconds,
        "average_processing_time_from_creation": totals.average_total_seconds,
    }


def listed_statuses(totals: Totals) -> list[OrderStatus]:
    """The specification's three, and each other once an order has it; in its order."""
    return sorted(
        status for status in OrderStatus if status in ALWAYS_LISTED or totals.count(status)
    )


def json_number(amount: Decimal) -> int | float:
    """The number as it was sent: a float shows up to 15 digits unchanged, an amount has 12."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="microseconds")


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()
