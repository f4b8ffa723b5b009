"""The OpenAPI document, generated from the routes, their schemas and their errors."""

import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from inspect import getdoc
from typing import Any, TypeVar

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from marshmallow import Schema

from entrypoints import __version__
from entrypoints.http.errors import answer_to
from entrypoints.http.schemas import ErrorSchema

View = TypeVar("View", bound=Callable[..., Any])

TITLE = "Order service"
AS_SPECIFIED = {"/orders": "/orders/"}  # answered without the final slash too
HEADERS = {
    HTTPStatus.CREATED: {
        "Location": {
            "description": "Where the order stands, or the first of a batch; a relative address.",
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
    "tags": [  # each is the name of a blueprint
        {"name": "orders", "description": "Create orders, and see where they stand."},
        {"name": "health", "description": "What probes and load balancers ask."},
    ],
}


def documented(
    summary: str,
    *,
    answers: dict[int, type[Schema]],
    errors: tuple[Exception, ...] = (),
    body: type[Schema] | None = None,
    path: type[Schema] | None = None,
    query: type[Schema] | None = None,
    links: dict[str, Any] | None = None,
) -> Callable[[View], View]:
    """Note on the view what the document says of it; the view itself stays as it is.

    Its docstring is the description. `errors` are examples: what each is answered with is shown.
    `links` lead from a good answer to other operations.
    """

    def note(view: View) -> View:
        good = {str(status): _answer(status, schema) for status, schema in answers.items()}
        if links is not None:
            good = {status: answer | {"links": links} for status, answer in good.items()}
        operation: dict[str, Any] = {
            "summary": summary,
            "description": getdoc(view),
            "operationId": view.__name__,
            "security": [],  # open to all
            "parameters": [
                {"in": place, "schema": schema}
                for place, schema in (("path", path), ("query", query))
                if schema is not None
            ],
            "responses": good | _errors(errors),
        }
        if body is not None:
            content = {"application/json": {"schema": body}}
            operation["requestBody"] = {"required": True, "content": content}
        view.__openapi__ = operation  # type: ignore[attr-defined]  # read back in build_spec
        return view

    return note


def _answer(status: int, schema: type[Schema], **content: Any) -> dict[str, Any]:
    described = (getdoc(schema) or "").partition("\n")[0]
    answer = {
        "description": described if status < HTTPStatus.BAD_REQUEST else HTTPStatus(status).phrase,
        "content": {"application/json": {"schema": schema} | content},
    }
    headers = HEADERS.get(HTTPStatus(status))
    return answer if headers is None else answer | {"headers": headers}


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


def build_spec(app: Flask) -> APISpec:
    """The OpenAPI 3.1 document of every documented route."""
    spec = APISpec(
        title=TITLE,
        version=__version__,
        openapi_version="3.1.0",
        plugins=[MarshmallowPlugin()],
        **GENERAL,
    )
    for rule in app.url_map.iter_rules():
        operation = getattr(app.view_functions.get(rule.endpoint), "__openapi__", None)
        if operation is not None:
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            method = next(iter((rule.methods or set()) - {"HEAD", "OPTIONS"})).lower()
            tagged = operation | {"tags": [rule.endpoint.partition(".")[0]]}
            spec.path(AS_SPECIFIED.get(path, path), operations={method: tagged})
    return spec
