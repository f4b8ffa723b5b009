"""The errors that the documentation shows; each is answered like one that happens."""

from datetime import UTC, datetime

from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from application.ports import OutcomeUnknown, RepositoryUnavailable
from domain.batch import Batch
from domain.errors import BatchInProgress, DuplicateBatch, DuplicateOrder, OrderNotFound
from entrypoints.http.errors import InvalidRequest, NotReady


def _invalid(field: str, problem: str) -> InvalidRequest:
    return InvalidRequest(f"{field}: {problem}", {field: [problem]})


_HALF_A_BATCH = Batch(
    batch_id="optional-batch-identifier",
    total_entries=1000,
    claimed_at=datetime(2025, 2, 21, 15, tzinfo=UTC),
    done=500,
)
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
    DuplicateBatch(_HALF_A_BATCH),
    BatchInProgress(_HALF_A_BATCH.batch_id),
    *_NO_SUCH_BODY,
    *_NO_DATABASE,
)
STATUS = (OrderNotFound("ORD404"), RepositoryUnavailable())
METRICS = (_invalid("getOrderIds", "Must be true or false."), RepositoryUnavailable())
READY = (RepositoryUnavailable(), NotReady("the service is stopping"))
