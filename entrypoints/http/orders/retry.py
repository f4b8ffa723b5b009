"""POST /orders/retry: retry many failed orders at once."""

from typing import Any

from dependency_injector.providers import Provider
from flask import Blueprint, Response
from marshmallow import fields, post_load

from application.orders.repeatable import Repeatable
from application.orders.retry_orders import Retried, RetryOrders
from application.ports import KeptAnswers, OrderFilter, OutcomeUnknown, RepositoryUnavailable
from entrypoints.http.json import JsonAnswer
from entrypoints.http.operation import operation
from entrypoints.http.orders.fields import id_prefix_field, moment_field, number_field
from entrypoints.http.orders.interventions import ReasonSchema
from entrypoints.http.repeats import answered_by
from entrypoints.http.schemas import AnswerSchema

MOST = 10_000  # orders in a request, which takes some seconds


class RetrySchema(ReasonSchema):
    """Which failed orders to retry, and why; all of them, if nothing is said."""

    user_id = number_field(metadata={"description": "only orders of this user", "example": 1})
    created_after = moment_field("only orders that were created after this moment")
    created_before = moment_field("only orders that were created before this moment")
    id_prefix = id_prefix_field()

    @post_load
    def _make(self, loaded: dict[str, Any], **_: Any) -> dict[str, Any]:
        wanted = {name: loaded.get(name) for name in OrderFilter._fields if name != "status"}
        return {"wanted": OrderFilter(**wanted), "reason": loaded.get("reason")}


class RetriedSchema(AnswerSchema):
    """How many were retried."""

    retried = fields.Integer(metadata={"example": 42})
    is_more = fields.Boolean(
        metadata={
            "description": f"there may be more: a request retries about {MOST:,} at most",
            "example": False,
        }
    )


def retry_blueprint(
    retry_orders: Provider[RetryOrders], answers: Provider[KeptAnswers]
) -> Blueprint:
    """One route, to be nested under the orders."""
    blueprint = Blueprint("retry", __name__, url_prefix="/retry")

    @blueprint.post("")
    @operation(
        "retry_orders",
        "Retry many failed orders",
        body=RetrySchema,
        answers={200: RetriedSchema},
        errors=(RepositoryUnavailable(), OutcomeUnknown()),
        repeats=answers,
    )
    def retry(body: dict[str, Any], repeatable: Repeatable | None) -> Response:
        """Each is Pending again, with all of its attempts; the oldest first. Safe to repeat."""
        once = answered_by(repeatable, _answer)
        return _answer(retry_orders()(**body, most=MOST, repeatable=once))

    return blueprint


def _answer(retried: Retried) -> Response:
    return JsonAnswer({"retried": retried.orders, "is_more": retried.is_more})
