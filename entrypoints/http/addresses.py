"""The addresses that this service answers at, and those that it leads to."""

from flask import request
from werkzeug.routing import BaseConverter

from domain.rules import RESERVED_IDS

RESERVED = "|".join(sorted(RESERVED_IDS))


class OrderIdConverter(BaseConverter):
    """One segment of a path that is no word of our own: those are never an order's address."""

    part_isolating = True
    regex = rf"(?!(?:{RESERVED})\Z)[^/]+"


def relative(address: str) -> str:
    """An address of ours as seen from the one that is asked, without its first slash.

    A proxy may serve us under a path, a port or a scheme that only the client knows.
    """
    return "../" * (request.path.count("/") - 1) + address
