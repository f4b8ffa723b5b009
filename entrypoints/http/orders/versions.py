"""ETag and its conditions (RFC 9110): which version of an order is shown, or is to be changed.

An order's `seq` names its version: everything that its document shows changes with it.
"""

import re

from flask import Response, request

from domain.order import Order
from entrypoints.http.json import JsonAnswer
from entrypoints.http.orders.order_document import order_document

ANY = None  # whatever version

_seq = re.compile(r"[1-9][0-9]{0,8}")


def order_answer(order: Order) -> Response:
    """The order with its ETag; 304 for a client that has this version already."""
    version = str(order.seq)
    # The header first: parsing takes time, and most requests have none.
    if "HTTP_IF_NONE_MATCH" in request.environ and request.if_none_match.contains_weak(version):
        answer = Response(status=304)
    else:
        answer = JsonAnswer(order_document(order))
    answer.headers["ETag"] = f'"{version}"'
    return answer


def versions_to_change() -> frozenset[int] | None:
    """The `seq`s that If-Match admits; ANY without that header.

    What is no ETag of ours matches no order.
    """
    if "HTTP_IF_MATCH" not in request.environ or request.if_match.star_tag:
        return ANY
    return frozenset(int(tag) for tag in request.if_match.as_set() if _seq.fullmatch(tag))
