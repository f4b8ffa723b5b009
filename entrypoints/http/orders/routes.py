"""POST /orders and GET /orders/<order_id>: create an order, and read its status."""

from dependency_injector.providers import Provider
from flask import Blueprint, Response
from marshmallow import fields

from application.orders.create_order import CreateOrder, NewOrder
from application.orders.repeatable import Repeatable
from application.ports import KeptAnswers, OutcomeUnknown, RepositoryUnavailable
from application.views.get_status import GetStatus
from application.views.watch_orders import WatchOrders
from domain.errors import DuplicateOrder, OrderNotFound
from domain.order import Order
from domain.rules import RESERVED_IDS
from entrypoints.http.created import Created
from entrypoints.http.operation import operation
from entrypoints.http.orders.new_order import NewOrderSchema
from entrypoints.http.orders.order_document import OrderSchema
from entrypoints.http.orders.order_path import OrderPathSchema
from entrypoints.http.orders.until_changed import (
    ENDS,
    StatusHeadersSchema,
    UntilChanged,
    preferred_seconds,
)
from entrypoints.http.orders.versions import is_known, known_versions, order_answer_unless_known
from entrypoints.http.repeats import answered_by
from entrypoints.http.schemas import AnswerSchema

STATUS_OF_CREATED = {
    "operationId": "get_status",
    "parameters": {"order_id": "$response.body#/order_id"},
}


class CreatedSchema(AnswerSchema):
    """The order is stored and will be processed."""

    message = fields.String(metadata={"example": "Order created"})
    order_id = fields.String(metadata={"example": "ORD003"})


def orders_blueprint(
    create_order: Provider[CreateOrder],
    get_status: Provider[GetStatus],
    answers: Provider[KeptAnswers],
    watch_orders: Provider[WatchOrders],
) -> Blueprint:
    """The routes of single orders; what else is under /orders is nested in it."""
    blueprint = Blueprint("orders", __name__, url_prefix="/orders")

    @blueprint.post("")
    @operation(
        "create_order",
        "Create an order",
        body=NewOrderSchema,
        answers={201: CreatedSchema},
        errors=(DuplicateOrder("ORD003"), RepositoryUnavailable(), OutcomeUnknown()),
        links={"status": STATUS_OF_CREATED},
        repeats=answers,
    )
    def create(new: NewOrder, repeatable: Repeatable | None) -> Response:
        """A 201 means that the order is on disk, and will reach an end state."""
        order = create_order()(new, answered_by(repeatable, _created))
        return _created(order)

    @blueprint.get("/<order_id:order_id>")
    @operation(
        "get_status",
        "Read the status of an order",
        path=OrderPathSchema,
        headers=StatusHeadersSchema,
        answers={200: OrderSchema, 304: None},
        errors=(OrderNotFound("ORD404"), RepositoryUnavailable()),
    )
    def status(order_id: str) -> Response:
        """Its status, and how long it was pending and in processing.

        With `Prefer: wait=N` it is answered once it has changed, or after N seconds; at once, if it
        is not the version of If-None-Match any more, or will never change.
        """
        order, known, seconds = get_status()(order_id), known_versions(), preferred_seconds()
        if seconds and order.status not in ENDS and (known is None or is_known(order, known)):
            return UntilChanged(
                order,
                seconds,
                watch_orders(),
                lambda: order_answer_unless_known(get_status()(order_id), known),
            )
        return order_answer_unless_known(order, known)

    # Reserved words are never orders: they answer 405 until they have routes with methods.
    words = ", ".join(sorted(RESERVED_IDS))
    blueprint.add_url_rule(f"/<any({words}):word>", "reserved", methods=[])

    return blueprint


def _created(order: Order) -> Response:
    return Created({"message": "Order created", "order_id": order.order_id}, order.order_id)
