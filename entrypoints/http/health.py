"""GET /healthz and GET /readyz: is the process alive, and should it be sent work."""

from dependency_injector.providers import Provider
from flask import Blueprint, Response
from marshmallow import fields

from application.ports import RepositoryUnavailable
from entrypoints.http.errors import NotReady
from entrypoints.http.json import JsonAnswer
from entrypoints.http.operation import operation
from entrypoints.http.schemas import AnswerSchema
from entrypoints.lifecycle.lifecycle import Lifecycle


class HealthSchema(AnswerSchema):
    """The service is healthy."""

    status = fields.String(metadata={"example": "ok"})


def health_blueprint(lifecycle: Provider[Lifecycle]) -> Blueprint:
    """The routes for probes."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    @operation("healthz", "Whether the process answers", answers={200: HealthSchema})
    def healthz() -> Response:
        """For liveness probes: it waits for nothing. Replace a process that fails it."""
        return JsonAnswer({"status": "ok"})

    @blueprint.get("/readyz")
    @operation(
        "readyz",
        "Whether writes go through and work is being taken; it waits for neither",
        answers={200: HealthSchema},
        errors=(RepositoryUnavailable(), NotReady("the service is stopping")),
    )
    def readyz() -> Response:
        """For load balancers and readiness probes: send no requests while it fails."""
        # The first call may build the lifecycle, whose sweeper then asks the time: of the database,
        # where that is on a server.
        problem = lifecycle().problem()
        if problem is not None:
            raise NotReady(problem)
        return JsonAnswer({"status": "ok"})

    return blueprint
