"""Created: the answer 201, with the relative address of what was stored."""

from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Headers

from entrypoints.http.addresses import relative
from entrypoints.http.json import JsonAnswer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class Created(JsonAnswer):
    """A 201 with a document and the relative Location of the stored order.

    Ids are ASCII, so the Location needs no conversion; Werkzeug's takes a tenth of a create's time.
    """

    def __init__(self, document: dict[str, Any], order_id: str) -> None:
        super().__init__(document, 201)
        self._address = relative(f"orders/{order_id}")

    def get_wsgi_headers(self, environ: "WSGIEnvironment") -> Headers:
        headers = super().get_wsgi_headers(environ)
        headers.add("Location", self._address)
        return headers
