"""POST /orders/batch: create many orders at once, each with an outcome of its own."""

from http import HTTPStatus
from typing import Any

from dependency_injector.providers import Provider
from flask import Blueprint, Response
from marshmallow import fields

from application.orders.create_order import NewOrder
from application.orders.create_orders import MAX_ORDERS, CreateOrders, Outcome
from application.orders.repeatable import Repeatable
from application.ports import KeptAnswers, OutcomeUnknown, RepositoryUnavailable
from domain.errors import InvalidOrder
from domain.order import Order
from entrypoints.http.errors import InvalidRequest, answer_to, cut
from entrypoints.http.json import JsonAnswer
from entrypoints.http.operation import load, operation, with_all_faults
from entrypoints.http.orders.new_order import NewOrderSchema
from entrypoints.http.repeats import answered_by
from entrypoints.http.schemas import AnswerSchema

Sent = dict[str, Any] | InvalidRequest  # an object, or why it is none


class ResultSchema(AnswerSchema):
    """What became of one order: the status that it would have been answered with alone."""

    optional = frozenset({"error", "code", "details"})

    order_id = fields.String(
        allow_none=True, metadata={"description": "null if none was sent", "example": "ORD003"}
    )
    status = fields.Integer(metadata={"example": 201})
    error = fields.String(metadata={"description": "one sentence, for people"})
    code = fields.String(metadata={"description": "for programs"})
    details = fields.Raw(metadata={"type": "object", "description": "facts, by field"})


class ResultsSchema(AnswerSchema):
    """What became of each order, in the order in which they were sent."""

    results = fields.List(fields.Nested(ResultSchema))


def batch_blueprint(
    create_orders: Provider[CreateOrders], answers: Provider[KeptAnswers]
) -> Blueprint:
    """One route, to be nested under the orders."""
    blueprint = Blueprint("batch", __name__, url_prefix="/batch")
    schema = NewOrderSchema()

    @blueprint.post("")
    @operation(
        "create_orders",
        "Create up to 1,000 orders at once",
        body=NewOrderSchema,
        most_bodies=MAX_ORDERS,
        answers={207: ResultsSchema},
        errors=(RepositoryUnavailable(), OutcomeUnknown()),
        repeats=answers,
    )
    def create(sent: list[Sent], repeatable: Repeatable | None) -> Response:
        """An order that is refused harms no other; all others are stored in one transaction.

        In NDJSON that goes for a line that is not JSON, too. A body may have 8 MiB.
        """
        asked = [_asked(schema, one) for one in sent]

        def respond(outcomes: list[Outcome]) -> Response:
            created = iter(outcomes)
            results = [
                _result(one, next(created) if isinstance(new, NewOrder) else new)
                for one, new in zip(sent, asked, strict=True)
            ]
            return JsonAnswer({"results": results}, HTTPStatus.MULTI_STATUS)

        pairs = zip(sent, asked, strict=True)
        well_formed = [(one, new) for one, new in pairs if isinstance(new, NewOrder)]

        def refuse(place: int, error: InvalidOrder) -> Exception:
            return with_all_faults(error, schema, well_formed[place][0])

        new_orders = [new for _, new in well_formed]
        return respond(create_orders()(new_orders, answered_by(repeatable, respond), refuse))

    return blueprint


def _asked(schema: NewOrderSchema, sent: Sent) -> NewOrder | InvalidRequest:
    if isinstance(sent, InvalidRequest):
        return sent
    try:
        new: NewOrder = load(schema, sent)
    except InvalidRequest as error:
        return error
    return new


def _result(sent: Sent, outcome: Outcome) -> dict[str, Any]:
    order_id = sent.get("order_id") if isinstance(sent, dict) else None
    result: dict[str, Any] = {"order_id": cut(order_id) if isinstance(order_id, str) else None}
    if isinstance(outcome, Order):
        return result | {"status": HTTPStatus.CREATED.value}
    status, code, message, details = answer_to(outcome)
    return result | {"status": status, "code": code, "error": message, "details": details}
