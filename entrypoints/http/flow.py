"""GET /flow, POST /flow/pause, POST /flow/resume, PUT /flow/limits: how processing is held back."""

from decimal import Decimal
from typing import Any

from dependency_injector.providers import Provider
from flask import Blueprint, Response
from marshmallow import ValidationError, fields, post_load, validate

from application.flow.limit_processing import LimitProcessing
from application.flow.pause_processing import Pause, PauseProcessing, ResumeProcessing
from application.flow.read_flow import ReadFlow
from application.orders.repeatable import Repeatable
from application.ports import KeptAnswers, OutcomeUnknown, RepositoryUnavailable
from application.processing.breaker import Breaker
from domain.flow import Flow
from domain.limits import MAX_AT_ONCE, MAX_RATE, NO_LIMITS, RATE_DECIMALS, Limits
from entrypoints.http.json import JsonAnswer
from entrypoints.http.operation import operation
from entrypoints.http.orders.answers import time_field, time_text
from entrypoints.http.orders.fields import WHOLE
from entrypoints.http.orders.interventions import ReasonSchema
from entrypoints.http.repeats import answered_by
from entrypoints.http.schemas import AnswerSchema, RequestSchema

WRITE_ERRORS = (RepositoryUnavailable(), OutcomeUnknown())


class _Rate(fields.Float):
    """A JSON number."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise ValidationError("Not a valid number.")
        return super()._deserialize(value, *args, **kwargs)


class UserLimitsSchema(RequestSchema):
    """Limits of each user's orders; null for none."""

    rate_per_second = _Rate(
        required=True,
        allow_none=True,
        validate=validate.Range(min=10**-RATE_DECIMALS, max=MAX_RATE),
        metadata={
            "description": f"starts in a second; at most {RATE_DECIMALS} decimals",
            "example": 12.5,
        },
    )
    at_once = fields.Integer(
        required=True,
        allow_none=True,
        strict=True,
        validate=validate.Range(min=1, max=MAX_AT_ONCE),
        metadata={"description": f"orders in processing; {WHOLE}", "example": 40},
    )

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Limits:
        return Limits(**data)


class LimitsSchema(UserLimitsSchema):
    """Limits of all processes together, in place of those before; null for none."""

    per_user = fields.Nested(
        UserLimitsSchema, metadata={"description": "the same for each user; none if left out"}
    )

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> tuple[Limits, Limits]:
        user_limits = data.pop("per_user", NO_LIMITS)
        return Limits(**data), user_limits


class UserFlowSchema(AnswerSchema):
    """What each user's orders are limited to; null where they are not."""

    rate_per_second = fields.Float(allow_none=True, metadata={"example": 0.5})
    at_once = fields.Integer(allow_none=True, metadata={"example": 2})


class FlowSchema(AnswerSchema):
    """How the processing of all orders is held back; null where it is not."""

    paused = fields.Boolean(metadata={"example": True})
    paused_at = time_field("2025-02-21T15:00:17.000000+00:00", allow_none=True)
    paused_by = fields.String(allow_none=True, metadata={"example": "operator:alice"})
    pause_reason = fields.String(allow_none=True, metadata={"example": "stocktaking"})
    rate_per_second = fields.Float(allow_none=True, metadata={"example": 12.5})
    at_once = fields.Integer(allow_none=True, metadata={"example": 40})
    per_user = fields.Nested(UserFlowSchema)
    processor_unavailable_since = fields.String(
        allow_none=True,
        metadata={
            "format": "date-time",
            "description": "of the process that answers: it cannot reach whoever does the work",
            "example": "2025-02-21T15:00:17.000000+00:00",
        },
    )


def flow_blueprint(
    read_flow: Provider[ReadFlow],
    pause_processing: Provider[PauseProcessing],
    resume_processing: Provider[ResumeProcessing],
    limit_processing: Provider[LimitProcessing],
    breaker: Provider[Breaker],
    answers: Provider[KeptAnswers],
) -> Blueprint:
    """The four routes."""
    blueprint = Blueprint("flow", __name__, url_prefix="/flow")

    def answer(flow: Flow) -> Response:
        return JsonAnswer(
            {
                "at_once": flow.limits.at_once,
                "pause_reason": flow.pause_reason,
                "paused": flow.is_paused,
                "paused_at": time_text(flow.paused_at),
                "paused_by": None if flow.paused_by is None else str(flow.paused_by),
                "per_user": {
                    "at_once": flow.user_limits.at_once,
                    "rate_per_second": flow.user_limits.rate_per_second,
                },
                "processor_unavailable_since": time_text(breaker().open_since),
                "rate_per_second": flow.limits.rate_per_second,
            }
        )

    @blueprint.get("")
    @operation(
        "get_flow",
        "How processing is held back",
        answers={200: FlowSchema},
        errors=(RepositoryUnavailable(),),
    )
    def show() -> Response:
        """A pause, by whom and why; and the limits of all processes together."""
        return answer(read_flow()())

    @blueprint.post("/pause")
    @operation(
        "pause_processing",
        "Pause processing",
        body=ReasonSchema,
        answers={200: FlowSchema},
        errors=WRITE_ERRORS,
        repeats=answers,
    )
    def pause(body: dict[str, Any], repeatable: Repeatable | None) -> Response:
        """No order starts, on any process, until processing is resumed.

        Processes notice within ORDERS_SWEEP_SECONDS. Orders that run go on, and new ones are taken
        in. Safe to repeat: the first pause stays, with its reason.
        """
        asked = Pause(**body, repeatable=answered_by(repeatable, answer))
        return answer(pause_processing()(asked))

    @blueprint.post("/resume")
    @operation(
        "resume_processing",
        "Resume processing",
        answers={200: FlowSchema},
        errors=WRITE_ERRORS,
        repeats=answers,
    )
    def resume(repeatable: Repeatable | None) -> Response:
        """Orders start again, within the limits; the longest due go first. Safe to repeat."""
        return answer(resume_processing()(answered_by(repeatable, answer)))

    @blueprint.put("/limits")
    @operation(
        "limit_processing",
        "Limit processing",
        body=LimitsSchema,
        answers={200: FlowSchema},
        errors=WRITE_ERRORS,
    )
    def limit(body: tuple[Limits, Limits]) -> Response:
        """How many orders start in a second, and are in processing at once, at most.

        For all processes together. What a second has not used, the next one may. The limits of each
        user keep one customer's many orders from holding up those of others.
        """
        return answer(limit_processing()(*body))

    return blueprint
