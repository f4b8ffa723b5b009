"""Addresses: which paths are orders, and relative links that work behind any proxy."""

from flask import request
from werkzeug.routing import BaseConverter

from domain.rules import RESERVED_IDS

RESERVED = "|".join(sorted(RESERVED_IDS))


class OrderIdConverter(BaseConverter):
    """One segment of a path, unless it is a reserved word, which is never an order's id."""

    part_isolating = True
    regex = rf"(?!(?:{RESERVED})\Z)[^/]+"


def relative(address: str) -> str:
    """The address (without its leading slash) relative to the one that was requested.

    A proxy may serve us under a path, a port or a scheme that only the client knows.
    """
    return "../" * (request.path.count("/") - 1) + address
