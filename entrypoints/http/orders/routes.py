"""The routes under /orders."""

from typing import Any

from flask import Blueprint, Response, jsonify, request
from marshmallow import EXCLUDE, Schema, ValidationError

from domain.rules import RESERVED_IDS
from entrypoints.container import Container
from entrypoints.http import examples
from entrypoints.http import schemas as answers
from entrypoints.http.body import invalid_fields, load_body
from entrypoints.http.created import Created
from entrypoints.http.openapi import documented
from entrypoints.http.orders import new_order as requests
from entrypoints.http.orders.metrics_document import stream_metrics
from entrypoints.http.orders.order_document import (
    metrics_document,
    order_document,
    populated_document,
)

NEW_ORDER = requests.NewOrderSchema()
POPULATE = requests.PopulateSchema()
METRICS_QUERY = requests.OrderIdsQuerySchema(unknown=EXCLUDE)
STATUS_OF_CREATED = {
    "operationId": "get_status",
    "parameters": {"order_id": "$response.body#/order_id"},
}


def orders_blueprint(container: Container) -> Blueprint:
    """The routes of one app, on one container's use cases."""
    blueprint = Blueprint("orders", __name__, url_prefix="/orders")

    @blueprint.post("")
    @documented(
        "Create an order",
        body=requests.NewOrderSchema,
        answers={201: answers.CreatedSchema},
        errors=examples.CREATE,
        links={"status": STATUS_OF_CREATED},
    )
    def create_order() -> Response:
        """Once it is answered with 201 it is on disk, and will reach an end state."""
        order = container.create_order()(load_body(request, NEW_ORDER))
        document = {"message": "Order created", "order_id": order.order_id}
        return Created(document, order.order_id)

    @blueprint.get("/<order_id:order_id>")
    @documented(
        "Where an order stands",
        path=requests.OrderPathSchema,
        answers={200: answers.OrderSchema},
        errors=examples.STATUS,
    )
    def get_status(order_id: str) -> Response:
        """Its status, and how long each part of its way took."""
        order = container.get_status()(order_id)
        return jsonify(order_document(order))

    @blueprint.get("/metrics")
    @documented(
        "Counts and averages over all orders",
        query=requests.OrderIdsQuerySchema,
        answers={200: answers.MetricsSchema},
        errors=examples.METRICS,
    )
    def get_metrics() -> Response:
        """All from one moment: counts, averages and ids agree."""
        query = _load_query(METRICS_QUERY)
        compute_metrics = container.compute_metrics()
        if query["getOrderIds"]:
            return stream_metrics(compute_metrics.with_order_ids())
        return jsonify(metrics_document(compute_metrics()))

    @blueprint.post("/populate")
    @documented(
        "Create many simulated orders at once",
        body=requests.PopulateSchema,
        answers={201: answers.PopulatedSchema},
        errors=examples.POPULATE,
    )
    def populate_orders() -> Response:
        """They are named sim_<batch_id>_1 and so on, and are processed like any others."""
        result = container.populate_orders()(**load_body(request, POPULATE))
        return Created(populated_document(result), result.first_order_id)

    # Not yet a route, or one with other methods: no GET, whatever the name of an order allows.
    words = ", ".join(sorted(RESERVED_IDS))
    blueprint.add_url_rule(f"/<any({words}):word>", "reserved", methods=[])

    return blueprint


def _load_query(schema: Schema) -> Any:
    try:
        return schema.load(request.args)
    except ValidationError as error:
        raise invalid_fields(error.messages_dict) from error
