"""Whether the process lives, and whether it should be sent work."""

from flask import Blueprint, Response, jsonify

from entrypoints.container import Container
from entrypoints.http import examples
from entrypoints.http.errors import NotReady
from entrypoints.http.openapi import documented
from entrypoints.http.schemas import HealthSchema


def health_blueprint(container: Container) -> Blueprint:
    """GET /healthz and GET /readyz."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    @documented("Whether the process answers", answers={200: HealthSchema})
    def healthz() -> Response:
        """For liveness probes: it waits for nothing; what fails it is to be replaced."""
        return jsonify(status="ok")

    @blueprint.get("/readyz")
    @documented(
        "Whether writes go through and work is being taken; it waits for neither",
        answers={200: HealthSchema},
        errors=examples.READY,
    )
    def readyz() -> Response:
        """For load balancers and readiness probes: send no requests while it fails."""
        problem = container.background().problem()
        if problem is not None:
            raise NotReady(problem)
        return jsonify(status="ok")

    return blueprint
