"""The errors that the documentation shows; each is answered like one that happens."""

from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from application.ports import OutcomeUnknown, RepositoryUnavailable
from domain.errors import DuplicateBatch, DuplicateOrder, OrderNotFound
from entrypoints.http.errors import InvalidRequest, NotReady


def _invalid(field: str, problem: str) -> InvalidRequest:
    return InvalidRequest(f"{field}: {problem}", {field: [problem]})


_NO_SUCH_BODY = (
    RequestEntityTooLarge(),
    UnsupportedMediaType("send JSON, with Content-Type: application/json"),
)
_NO_DATABASE = (RepositoryUnavailable(), OutcomeUnknown())

CREATE = (
    _invalid("user_id", "Missing data for required field."),
    DuplicateOrder("ORD003"),
    *_NO_SUCH_BODY,
    *_NO_DATABASE,
)
POPULATE = (
    _invalid("total_entries", "Missing data for required field."),
    DuplicateBatch("optional-batch-identifier"),
    *_NO_SUCH_BODY,
    *_NO_DATABASE,
)
STATUS = (OrderNotFound("ORD404"), RepositoryUnavailable())
METRICS = (_invalid("getOrderIds", "Must be true or false."), RepositoryUnavailable())
READY = (RepositoryUnavailable(), NotReady("the service is stopping"))
