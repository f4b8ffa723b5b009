"""POST /orders/populate: create a batch of simulated orders at once."""

from datetime import UTC, datetime
from typing import Any

from dependency_injector.providers import Provider
from flask import Blueprint, Response
from marshmallow import fields, validate

from application.orders.populate_orders import MAX_ENTRIES, PopulateOrders, PopulateResult
from application.orders.repeatable import Repeatable
from application.ports import KeptAnswers, OutcomeUnknown, RepositoryUnavailable
from domain.batch import Batch
from domain.errors import BatchInProgress, DuplicateBatch
from domain.rules import BATCH_ID_LENGTH, MAX_NUMBER
from entrypoints.http.created import Created
from entrypoints.http.operation import operation
from entrypoints.http.orders.fields import ID_PATTERN, WHOLE, id_rules
from entrypoints.http.repeats import answered_by
from entrypoints.http.schemas import AnswerSchema, RequestSchema

MAX_ENTRIES_AT_ONCE = 100_000  # takes some seconds; proxies give up after a minute
HALF_DONE = Batch(
    batch_id="optional-batch-identifier",
    total_entries=1000,
    claimed_at=datetime(2025, 2, 21, 15, tzinfo=UTC),
    done=500,
)


class PopulateSchema(RequestSchema):
    """How many simulated orders to create."""

    total_entries = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(min=1, max=MAX_ENTRIES_AT_ONCE),
        metadata={
            "description": f"{WHOLE}; the command line takes up to {MAX_ENTRIES:,}",
            "example": 4,
        },
    )
    batch_id = fields.String(
        allow_none=True,
        validate=id_rules(BATCH_ID_LENGTH),
        metadata={"pattern": ID_PATTERN, "example": HALF_DONE.batch_id},
    )
    seed = fields.Integer(
        allow_none=True,
        strict=True,
        validate=validate.Range(min=0, max=MAX_NUMBER),
        metadata={
            "description": f"{WHOLE}; with a seed users, items and amounts vary, and the same seed"
            " makes the same orders. It is not stored: send it again to resume a batch",
            "example": 7,
        },
    )


class PopulatedSchema(AnswerSchema):
    """What became of a batch."""

    batch_id = fields.String(metadata={"example": "f3402fae"})
    total_entries = fields.Integer(metadata={"example": 4})
    success_count = fields.Integer(metadata={"example": 4})
    failure_count = fields.Integer(metadata={"example": 0})
    errors = fields.List(fields.String(), metadata={"example": []})


def populate_blueprint(
    populate_orders: Provider[PopulateOrders], answers: Provider[KeptAnswers]
) -> Blueprint:
    """One route, to be nested under the orders."""
    blueprint = Blueprint("populate", __name__, url_prefix="/populate")

    @blueprint.post("")
    @operation(
        "populate_orders",
        "Create many simulated orders at once",
        body=PopulateSchema,
        answers={201: PopulatedSchema},
        errors=(
            DuplicateBatch(HALF_DONE),
            BatchInProgress(HALF_DONE.batch_id),
            RepositoryUnavailable(),
            OutcomeUnknown(),
        ),
        repeats=answers,
    )
    def populate(body: dict[str, Any], repeatable: Repeatable | None) -> Response:
        """The orders are named sim_<batch_id>_1 and so on, and processed like any other."""
        return _created(populate_orders()(**body, repeatable=answered_by(repeatable, _created)))

    return blueprint


def _created(result: PopulateResult) -> Response:
    return Created(_document(result), result.first_order_id)


def _document(result: PopulateResult) -> dict[str, Any]:
    return {
        "batch_id": result.batch.batch_id,
        "errors": [f"order {order_id} exists already" for order_id in result.taken_ids],
        "failure_count": result.batch.taken,
        "success_count": result.batch.created,
        "total_entries": result.batch.total_entries,
    }
