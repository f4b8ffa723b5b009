"""The OpenAPI document, generated from the routes and their schemas."""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from marshmallow import Schema

from entrypoints.http.answers import ErrorSchema

View = TypeVar("View", bound=Callable[..., Any])

TITLE = "Order service"
VERSION = "0.1.0"
AS_SPECIFIED = {"/orders": "/orders/"}  # answered without the final slash too


def documented(
    summary: str,
    *,
    answers: dict[int, type[Schema]],
    body: type[Schema] | None = None,
    query: type[Schema] | None = None,
    errors: tuple[int, ...] = (),
) -> Callable[[View], View]:
    """Note on the view what the document says of it; the view itself stays as it is."""

    def note(view: View) -> View:
        operation: dict[str, Any] = {
            "summary": summary,
            "operationId": view.__name__,
            "responses": {
                str(status): {
                    "description": HTTPStatus(status).phrase,
                    "content": {"application/json": {"schema": schema}},
                }
                for status, schema in (answers | dict.fromkeys(errors, ErrorSchema)).items()
            },
        }
        if body is not None:
            operation["requestBody"] = {
                "required": True,
                "content": {"application/json": {"schema": body}},
            }
        if query is not None:
            operation["parameters"] = [{"in": "query", "schema": query}]
        view.__openapi__ = operation  # type: ignore[attr-defined]  # read back in build_spec
        return view

    return note


def build_spec(app: Flask) -> APISpec:
    """The OpenAPI 3.1 document of every documented route."""
    spec = APISpec(
        title=TITLE,
        version=VERSION,
        openapi_version="3.1.0",
        info={
            "description": "Takes orders, processes them in the background, and loses none.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        plugins=[MarshmallowPlugin()],
    )
    for rule in app.url_map.iter_rules():
        operation = getattr(app.view_functions.get(rule.endpoint), "__openapi__", None)
        if operation is not None:
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            path = AS_SPECIFIED.get(path, path)
            in_path = [
                {"in": "path", "name": name, "required": True, "schema": {"type": "string"}}
                for name in sorted(rule.arguments)
            ]
            operation = operation | {"parameters": in_path + operation.get("parameters", [])}
            method = next(iter((rule.methods or set()) - {"HEAD", "OPTIONS"})).lower()
            spec.path(path, operations={method: operation})
    return spec
