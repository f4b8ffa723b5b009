"""Prefer: wait=N (RFC 7240): an answer that waits until its order has changed."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, cast

from flask import Response, request
from marshmallow import Schema, fields

from application.views.watch_orders import WatchOrders
from domain.order import Order
from domain.transitions import OrderStatus
from entrypoints.http.errors import respond
from entrypoints.http.waiting import Wait, waiting

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MAX_SECONDS = 60
ENDS = {OrderStatus.COMPLETED, OrderStatus.CANCELLED}  # which are never left

_wait = re.compile(r"""(?:^|[,;])\s*wait\s*=\s*"?([0-9]{1,9})"?\s*(?:$|[,;])""", re.IGNORECASE)


class StatusHeadersSchema(Schema):
    """The headers of reading an order; it only describes."""

    if_none_match = fields.String(
        data_key="If-None-Match",
        metadata={
            "description": "The ETag that the client has: an order that still has it is not sent"
            " again (304).",
            "example": '"3"',
        },
    )
    prefer = fields.String(
        metadata={
            "description": "`wait=N` answers once the order has changed, or after N seconds, up to"
            f" {MAX_SECONDS}.",
            "example": "wait=30",
        },
        data_key="Prefer",
    )


def preferred_seconds() -> int:
    """How long the client is ready to wait: 0 to MAX_SECONDS."""
    preference = request.environ.get("HTTP_PREFER")
    found = None if preference is None else _wait.search(preference)
    return 0 if found is None else min(int(found[1]), MAX_SECONDS)


class UntilChanged(Response):
    """Waits for a change of `order`, for `seconds` at most, and then answers by `answer`.

    `answer` is called outside of the request. No thread waits: see Wait.
    """

    def __init__(
        self, order: Order, seconds: int, watch: WatchOrders, answer: Callable[[], Response]
    ) -> None:
        super().__init__()
        self._order = order
        self._seconds = seconds
        self._watch = watch
        self._answer = answer

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        return waiting(self._pieces(environ, start_response), environ)

    def _pieces(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterator[bytes | Wait]:
        wait = Wait(self._seconds)
        self._watch.add(self._order, wait.wake)
        try:
            yield wait
        finally:
            self._watch.remove(wait.wake)
        try:
            response = self._answer()
        except Exception as error:
            response = respond(error)
        response.headers["Preference-Applied"] = f"wait={self._seconds}"
        yield from cast("Iterable[Any]", response(environ, start_response))
