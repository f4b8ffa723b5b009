"""POST /orders/<order_id>/cancel, retry, hold and release: what clients do with one order."""

from collections.abc import Callable
from typing import Any

from dependency_injector.providers import Provider
from flask import Blueprint, Response
from marshmallow import fields

from application.orders.cancel_order import CancelOrder
from application.orders.hold_order import HoldOrder, UnholdOrder
from application.orders.intervention import Intervention
from application.orders.repeatable import Repeatable
from application.orders.retry_order import RetryOrder
from application.ports import KeptAnswers, OutcomeUnknown, RepositoryUnavailable
from domain.errors import IllegalTransition, OrderChanged, OrderNotFound
from domain.order import Order
from domain.rules import REASON_LENGTH
from domain.transitions import OrderStatus
from entrypoints.http.operation import operation
from entrypoints.http.orders.order_document import OrderSchema
from entrypoints.http.orders.order_path import OrderPathSchema
from entrypoints.http.orders.versions import IfMatchSchema, order_answer, versions_to_change
from entrypoints.http.repeats import answered_by
from entrypoints.http.schemas import RequestSchema


class ReasonSchema(RequestSchema):
    """Why, if you want to say so; the body may be left out."""

    reason = fields.String(
        allow_none=True,
        metadata={
            "minLength": 1,
            "maxLength": REASON_LENGTH,
            "description": "one line",
            "example": "ordered twice",
        },
    )


def interventions_blueprint(
    cancel_order: Provider[CancelOrder],
    retry_order: Provider[RetryOrder],
    hold_order: Provider[HoldOrder],
    unhold_order: Provider[UnholdOrder],
    answers: Provider[KeptAnswers],
) -> Blueprint:
    """The four routes, to be nested under the orders."""
    blueprint = Blueprint("interventions", __name__)

    def route(
        word: str,
        summary: str,
        refused: IllegalTransition,
        use_case: Callable[[], Callable[[Intervention], Order]],
        description: str,
    ) -> None:
        def view(body: dict[str, Any], order_id: str, repeatable: Repeatable | None) -> Response:
            asked = Intervention(
                order_id=order_id,
                if_seq=versions_to_change(),
                repeatable=answered_by(repeatable, order_answer),
                **body,
            )
            return order_answer(use_case()(asked))

        view.__doc__ = description
        declared = operation(
            f"{word}_order",
            summary,
            path=OrderPathSchema,
            headers=IfMatchSchema,
            body=ReasonSchema,
            answers={200: OrderSchema},
            repeats=answers,
            errors=(
                OrderNotFound("ORD404"),
                refused,
                OrderChanged("ORD003"),
                RepositoryUnavailable(),
                OutcomeUnknown(),
            ),
        )(view)
        blueprint.add_url_rule(f"/<order_id:order_id>/{word}", word, declared, methods=["POST"])

    route(
        "cancel",
        "Cancel an order",
        IllegalTransition("ORD003", OrderStatus.PROCESSING, OrderStatus.CANCELLED, "cancelled"),
        cancel_order,
        "A Pending or Failed order is never processed. Safe to repeat: a cancelled order stays so.",
    )
    route(
        "retry",
        "Retry a failed order",
        IllegalTransition("ORD003", OrderStatus.COMPLETED, OrderStatus.PENDING, "retried"),
        retry_order,
        "A Failed order is Pending again, with all its attempts. Safe to repeat until it starts.",
    )
    route(
        "hold",
        "Hold a pending order",
        IllegalTransition("ORD003", OrderStatus.PROCESSING, OrderStatus.PENDING, "held"),
        hold_order,
        "It stays Pending, and is not processed until it is released. Safe to repeat.",
    )
    route(
        "release",
        "Release an order that is held",
        IllegalTransition("ORD003", OrderStatus.COMPLETED, OrderStatus.PENDING, "released"),
        unhold_order,
        "It is due at once, or at its `not_before`; what was left of a wait for its next attempt is"
        " forgotten. Safe to repeat: an order that is not held stays as it is.",
    )
    return blueprint
