"""Declares a route once: what it reads, what it answers and which errors it can raise.

Its view is called with what was read; openapi.py describes it from the same declaration.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, wraps
from inspect import getdoc
from typing import Any

from flask import Request, Response, request
from marshmallow import Schema, ValidationError

from application.ports import KeptAnswers
from domain.errors import InvalidOrder
from entrypoints.http.body import errors_of_body, errors_of_many, read_body, read_many
from entrypoints.http.errors import InvalidRequest, KeyReused
from entrypoints.http.repeats import KEY, KeySchema, once_for_key

View = Callable[..., Response]
Repeats = Callable[[], KeptAnswers] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A declared route, for the OpenAPI document."""

    operation_id: str
    summary: str
    description: str
    answers: Mapping[int, type[Schema] | None]  # successes by status; None for one without a body
    errors: tuple[Exception, ...]  # an example of each
    body: type[Schema] | None
    most_bodies: int  # above 1, they come in an array or in lines
    parameters: Sequence[tuple[str, type[Schema]]]  # with their location: path, query or header
    links: Mapping[str, Any]  # from a success to other operations, in OpenAPI's form


def operation(
    operation_id: str,
    summary: str,
    *,
    answers: Mapping[int, type[Schema] | None],
    errors: tuple[Exception, ...] = (),
    body: type[Schema] | None = None,
    most_bodies: int = 1,
    query: type[Schema] | None = None,
    path: type[Schema] | None = None,
    headers: type[Schema] | None = None,
    links: Mapping[str, Any] | None = None,
    repeats: Repeats = None,
) -> Callable[[View], View]:
    """Declare the route of a view, whose docstring becomes the description.

    The view is called with the loaded body first, if there is one, and with the fields of the
    query and the parts of the path by name; with `most_bodies` above 1, it is called with what
    read_many returns, and loads each itself; `path` and `headers` are for the document only. With
    `repeats`, a request may carry an Idempotency-Key: the view is called for it once, and gets what
    it needs for that as `repeatable`. `errors` are examples of those that the view raises; those of
    reading body and query are added here.
    """

    def declare(view: View) -> View:
        route, possible_errors = view, errors
        parameters = [("path", path), ("query", query), ("header", headers)]
        if query is not None:
            schema = query()
            route = _with_query(route, schema)
            possible_errors += (_error_of_query(schema),)
        if body is not None and most_bodies == 1:
            schema = body()
            route = _with_body(route, schema, repeats)
            possible_errors += errors_of_body(schema)
        elif body is not None:
            route = _with_many(route, most_bodies, repeats)
            possible_errors += errors_of_many(most_bodies)
        elif repeats is not None:
            route = _without_body(route, repeats)
        if repeats is not None:
            possible_errors += (KeyReused(),)
            parameters.append(("header", KeySchema))
        route.operation = Operation(  # type: ignore[attr-defined]
            operation_id=operation_id,
            summary=summary,
            description=getdoc(view) or "",
            answers=answers,
            errors=possible_errors,
            body=body,
            most_bodies=most_bodies,
            parameters=[(place, schema) for place, schema in parameters if schema is not None],
            links=links or {},
        )
        return route

    return declare


def _with_body(view: View, schema: Schema, repeats: Repeats) -> View:
    is_required = requires_body(schema)

    @wraps(view)
    def read_and_view(**path_parts: Any) -> Response:
        # The request itself: its proxy takes a microsecond for each attribute. Flask documents it.
        sent: Request = request._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
        document = read_body(sent) if is_required or _has_body() else {}
        try:
            return _call(repeats, document, partial(view, schema.load(document), **path_parts))
        except ValidationError as error:
            raise InvalidRequest.of_fields(error.messages_dict) from error
        except InvalidOrder as error:
            raise with_all_faults(error, schema, document) from error

    return read_and_view


def _without_body(view: View, repeats: Repeats) -> View:
    @wraps(view)
    def view_once(**path_parts: Any) -> Response:
        return _call(repeats, None, partial(view, **path_parts))

    return view_once


def _call(repeats: Repeats, document: Any, view: Callable[..., Response]) -> Response:
    if repeats is None:
        return view()
    key = request.environ.get(KEY)
    if key is None:
        return view(repeatable=None)
    return once_for_key(key, repeats(), document, lambda repeatable: view(repeatable=repeatable))


def requires_body(schema: Schema) -> bool:
    """Whether a body of this schema has to be sent: one without required fields may be left out."""
    return any(field.required for field in schema.fields.values())


def _has_body() -> bool:
    return bool(request.content_length) or "HTTP_TRANSFER_ENCODING" in request.environ


def _with_many(view: View, most: int, repeats: Repeats) -> View:
    @wraps(view)
    def read_and_view(**path_parts: Any) -> Response:
        with read_many(request, most) as sent:
            return _call(repeats, sent, partial(view, sent, **path_parts))

    return read_and_view


def load(schema: Schema, document: Any) -> Any:
    """What the schema makes of it; raises InvalidRequest, which names every fault."""
    try:
        return schema.load(document)
    except ValidationError as error:
        raise InvalidRequest.of_fields(error.messages_dict) from error


def with_all_faults(error: InvalidOrder, schema: Schema, document: Any) -> Exception:
    """The domain's error names one fault; the schema finds them all, if it knows of any."""
    faults = schema.validate(document)
    return InvalidRequest.of_fields(faults) if faults else error


def _with_query(view: View, schema: Schema) -> View:
    @wraps(view)
    def read_and_view(*loaded_body: Any, **path_parts: Any) -> Response:
        return view(*loaded_body, **load(schema, request.args), **path_parts)

    return read_and_view


def _error_of_query(schema: Schema) -> InvalidRequest:
    name, field = next(iter(schema.fields.items()))
    return InvalidRequest.of_fields({field.data_key or name: [field.error_messages["invalid"]]})
