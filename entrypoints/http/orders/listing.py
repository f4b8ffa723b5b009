"""GET /orders: the orders, newest or oldest first, a page at a time."""

from typing import ClassVar
from urllib.parse import urlencode

from dependency_injector.providers import Provider
from flask import Blueprint, Response, request
from marshmallow import fields

from application.ports import RepositoryUnavailable
from application.views.cursor import WrongCursor
from application.views.list_orders import ListOrders, ListQuery
from entrypoints.http.addresses import relative
from entrypoints.http.json import JsonAnswer
from entrypoints.http.operation import operation
from entrypoints.http.orders.list_query import ListQuerySchema
from entrypoints.http.orders.order_document import OrderSchema, order_document
from entrypoints.http.schemas import AnswerSchema


class ListSchema(AnswerSchema):
    """One page of the orders; a page may be short, or empty, although others follow."""

    headers: ClassVar = {
        "Link": {
            "description": "The relative address of the next page; not on the last one.",
            "schema": {"type": "string"},
            "example": '<orders?cursor=kq0V>; rel="next"',
        }
    }

    orders = fields.List(fields.Nested(OrderSchema))
    next_cursor = fields.String(
        allow_none=True,
        metadata={
            "description": "of the next page; null when there is none",
            "example": None,
        },
    )


def listing_blueprint(list_orders: Provider[ListOrders]) -> Blueprint:
    """One route, to be nested under the orders."""
    blueprint = Blueprint("listing", __name__)

    @blueprint.get("")
    @operation(
        "list_orders",
        "List orders",
        query=ListQuerySchema,
        answers={200: ListSchema},
        errors=(WrongCursor(), RepositoryUnavailable()),
    )
    def show(query: ListQuery) -> Response:
        """By creation, in pages that cost the same wherever they begin.

        Read on with the same filters and `cursor`, or follow the `Link` whose rel is "next", until
        `next_cursor` is null. Orders that are created meanwhile neither repeat nor hide another.
        """
        page = list_orders()(query)
        answer = JsonAnswer(
            {
                "orders": [order_document(order) for order in page.orders],
                "next_cursor": page.next_cursor,
            }
        )
        if page.next_cursor is not None:
            same = request.args.to_dict() | {"cursor": page.next_cursor}
            answer.headers["Link"] = f'<{relative(f"orders?{urlencode(same)}")}>; rel="next"'
        return answer

    return blueprint
