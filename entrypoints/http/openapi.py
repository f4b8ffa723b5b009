"""The OpenAPI document, made from the operations that the routes declare."""

import re
from collections.abc import Iterable
from http import HTTPStatus
from inspect import getdoc
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from marshmallow import Schema

from entrypoints import __version__
from entrypoints.http.body import NDJSON
from entrypoints.http.errors import answer_to
from entrypoints.http.operation import Operation, requires_body
from entrypoints.http.schemas import ErrorSchema

TITLE = "Order service"
AS_SPECIFIED = {"/orders": "/orders/"}  # the final slash is optional
HEADERS: dict[int, dict[str, Any]] = {
    HTTPStatus.CREATED: {
        "Location": {
            "description": "Relative address of the order, or of the first order of a batch.",
            "schema": {"type": "string", "format": "uri-reference"},
            "example": "../orders/ORD003",
        }
    },
    HTTPStatus.SERVICE_UNAVAILABLE: {
        "Retry-After": {
            "description": "When to try again, in seconds.",
            "schema": {"type": "integer"},
            "example": 1,
        }
    },
}
GENERAL: dict[str, Any] = {
    "info": {
        "description": "Takes orders, processes them in the background, and loses none."
        " Unknown fields are refused.",
        "contact": {"name": "Whoever runs this service"},
        "license": {"name": "MIT", "identifier": "MIT"},
    },
    "servers": [{"url": ".", "description": "Where this document came from."}],
    "tags": [  # each is the name of an outermost blueprint
        {
            "name": "orders",
            "description": "Create orders, list them, and read their status and history.",
        },
        {"name": "flow", "description": "Pause, resume and limit processing."},
        {"name": "health", "description": "For probes and load balancers."},
    ],
}


def build_spec(app: Flask) -> APISpec:
    """The OpenAPI 3.1 document of every route that declares its operation."""
    spec = APISpec(
        title=TITLE,
        version=__version__,
        openapi_version="3.1.0",
        plugins=[MarshmallowPlugin()],
        **GENERAL,
    )
    for rule in app.url_map.iter_rules():
        operation = getattr(app.view_functions.get(rule.endpoint), "operation", None)
        if operation is not None:
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            method = next(iter((rule.methods or set()) - {"HEAD", "OPTIONS"})).lower()
            tag = rule.endpoint.partition(".")[0]
            described = _describe(operation) | {"tags": [tag]}
            spec.path(AS_SPECIFIED.get(path, path), operations={method: described})
    return spec


def _describe(operation: Operation) -> dict[str, Any]:
    links = {"links": operation.links} if operation.links else {}
    answers = {
        str(status): _answer(status, schema) | links for status, schema in operation.answers.items()
    }
    described: dict[str, Any] = {
        "summary": operation.summary,
        "description": operation.description,
        "operationId": operation.operation_id,
        "security": [],  # open to all
        "parameters": [
            {"in": location, "schema": schema} for location, schema in operation.parameters
        ],
        "responses": answers | _errors(operation.errors),
    }
    if operation.body is not None:
        content = _content(operation.body, operation.most_bodies)
        is_required = requires_body(operation.body())
        described["requestBody"] = {"required": is_required, "content": content}
    return described


def _content(body: type[Schema], most_bodies: int) -> dict[str, Any]:
    if most_bodies == 1:
        return {"application/json": {"schema": body}}
    array = {"type": "array", "items": body, "minItems": 1, "maxItems": most_bodies}
    lines = {"type": "string", "description": "one JSON object in each line"}
    return {"application/json": {"schema": array}, NDJSON: {"schema": lines}}


def _answer(status: int, schema: type[Schema] | None, **content: Any) -> dict[str, Any]:
    if schema is None:
        return {"description": HTTPStatus(status).phrase}
    first_line = (getdoc(schema) or "").partition("\n")[0]
    answer = {
        "description": first_line if status < HTTPStatus.BAD_REQUEST else HTTPStatus(status).phrase,
        "content": {"application/json": {"schema": schema} | content},
    }
    headers = HEADERS.get(status, {}) | getattr(schema, "headers", {})
    return answer | {"headers": headers} if headers else answer


def _errors(errors: Iterable[Exception]) -> dict[str, Any]:
    by_status: dict[int, dict[str, Any]] = {}
    for error in errors:
        status, code, message, details = answer_to(error)
        document = {"error": message, "code": code, "details": details}
        by_status.setdefault(status, {})[code] = {"value": document}
    return {
        str(status): _answer(status, ErrorSchema, examples=examples)
        for status, examples in by_status.items()
    }
