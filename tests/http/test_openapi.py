"""The OpenAPI document says what the service does, and the page that shows it works."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from adapters.processors.scripted import ScriptedProcessor
from application.ports import OrderRejected
from entrypoints.http.app import create_http_app
from tests.conftest import World
from tests.harness.builders import order_body

EXAMPLE = order_body()
ID_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._:~-]*$"  # \Z and the like are Python's alone


def document(client: FlaskClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").get_json()
    return found


def answer_schema(api: dict[str, Any], method: str, path: str, status: int) -> dict[str, Any]:
    """The schema of that answer, such that its references can be followed."""
    answer = api["paths"][path][method.lower()]["responses"][str(status)]
    schema: dict[str, Any] = answer["content"]["application/json"]["schema"]
    return schema | {"components": api["components"]}


def properties(api: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return dict(found["properties"])


def test_the_document_is_valid_openapi_3_1(client: FlaskClient) -> None:
    api = document(client)

    assert api["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(api).validate()


def test_every_route_is_documented(client: FlaskClient, world: World) -> None:
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule).rstrip("/"), method.lower())
        for rule in create_http_app(world.container).url_map.iter_rules()
        if not rule.endpoint.startswith("docs.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    paths = document(client)["paths"].items()

    assert {(path.rstrip("/"), method) for path, methods in paths for method in methods} == routes


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "template", "beyond_the_example"),
    [
        ("POST", "/orders/", EXAMPLE | {"order_id": "B"}, 201, "/orders/", set()),
        ("POST", "/orders/", EXAMPLE, 400, "/orders/", set()),
        ("POST", "/orders/populate", {"total_entries": 4}, 201, "/orders/populate", set()),
        ("POST", "/orders/populate", {}, 400, "/orders/populate", set()),
        ("POST", "/orders/batch", [EXAMPLE], 207, "/orders/batch", set()),
        ("POST", "/orders/batch", [], 400, "/orders/batch", set()),
        ("GET", "/orders/ORD003", None, 200, "/orders/{order_id}", {"failure_reason"}),
        ("GET", "/orders/ORD404", None, 404, "/orders/{order_id}", set()),
        (
            *("GET", "/orders/ORD003/explain", None, 200),
            *("/orders/{order_id}/explain", set()),
        ),
        ("GET", "/orders", None, 200, "/orders/", set()),
        ("GET", "/orders?limit=0", None, 400, "/orders/", set()),
        (
            *("GET", "/orders/ORD003/history", None, 200),
            *("/orders/{order_id}/history", set()),
        ),
        ("GET", "/orders/metrics", None, 200, "/orders/metrics", {"failed", "cancelled"}),
        ("GET", "/orders/metrics?getOrderIds=2", None, 400, "/orders/metrics", set()),
        ("GET", "/flow", None, 200, "/flow", set()),
        ("POST", "/flow/pause", {}, 200, "/flow/pause", set()),
        ("POST", "/flow/pause", {"reason": ""}, 400, "/flow/pause", set()),
        ("POST", "/flow/resume", None, 200, "/flow/resume", set()),
        ("PUT", "/flow/limits", {}, 400, "/flow/limits", set()),
        ("GET", "/healthz", None, 200, "/healthz", set()),
        ("GET", "/readyz", None, 503, "/readyz", set()),
    ],
)
def test_an_answer_has_the_documented_properties(
    client: FlaskClient,
    method: str,
    path: str,
    sent: object,
    status: int,
    template: str,
    beyond_the_example: set[str],
) -> None:
    client.post("/orders/", json=EXAMPLE)
    api = document(client)

    answer = client.open(path, method=method, json=sent)

    schema = answer_schema(api, method, template, status)
    assert answer.status_code == status
    assert answer.get_json().keys() == properties(api, schema).keys() - beyond_the_example


@pytest.mark.parametrize("status", ["Pending", "Completed", "Failed"])
@pytest.mark.parametrize(
    "path",
    [
        "/orders/",
        "/orders/{order_id}",
        "/orders/{order_id}/history",
        "/orders/{order_id}/explain",
        "/orders/metrics",
    ],
)
def test_an_answer_is_valid_by_its_documented_schema(
    client: FlaskClient, world: World, path: str, status: str
) -> None:
    world.process_with(ScriptedProcessor(OrderRejected("x") if status == "Failed" else None))
    client.post("/orders/", json=EXAMPLE)
    if status != "Pending":
        world.work()
    validator = OAS31Validator(answer_schema(document(client), "GET", path, 200))

    query = "?getOrderIds=true" if path == "/orders/metrics" else ""
    answer = client.get(path.format(order_id="ORD003") + query).get_json()

    assert [error.message for error in validator.iter_errors(answer)] == []


@pytest.mark.parametrize(
    ("path", "header"), [("/orders/ORD003", "ETag"), ("/orders?limit=1", "Link")]
)
def test_the_headers_of_an_answer_are_documented(
    client: FlaskClient, path: str, header: str
) -> None:
    for order_id in ("ORD003", "ORD004"):
        client.post("/orders/", json=EXAMPLE | {"order_id": order_id})
    template = {"ETag": "/orders/{order_id}", "Link": "/orders/"}[header]

    answers = document(client)["paths"][template]["get"]["responses"]

    assert header in client.get(path).headers
    assert set(answers["200"]["headers"]) == {header}


def test_a_304_is_documented(client: FlaskClient) -> None:
    assert "304" in document(client)["paths"]["/orders/{order_id}"]["get"]["responses"]


def test_the_answer_to_a_batch_is_valid_by_its_documented_schema(client: FlaskClient) -> None:
    validator = OAS31Validator(answer_schema(document(client), "POST", "/orders/batch", 207))

    answer = client.post("/orders/batch", json=[EXAMPLE, EXAMPLE, {}]).get_json()

    assert [error.message for error in validator.iter_errors(answer)] == []


def test_a_batch_is_documented_as_an_array_of_orders_or_as_lines(client: FlaskClient) -> None:
    sent = document(client)["paths"]["/orders/batch"]["post"]["requestBody"]["content"]

    array = sent["application/json"]["schema"]
    assert (array["minItems"], array["maxItems"]) == (1, 1_000)
    assert array["items"] == {"$ref": "#/components/schemas/NewOrder"}
    assert sent["application/x-ndjson"]["schema"]["type"] == "string"


@pytest.mark.parametrize(
    ("schema", "field", "constraints"),
    [
        ("NewOrder", "user_id", {"type": "integer", "minimum": 0, "maximum": 2**53 - 1}),
        ("NewOrder", "order_id", {"minLength": 1, "maxLength": 64, "pattern": ID_PATTERN}),
        ("NewOrder", "item_ids", {"type": "array", "minItems": 1, "maxItems": 1_000}),
        ("NewOrder", "total_amount", {"type": "number", "minimum": 0, "maximum": 9999999999.99}),
        ("Populate", "total_entries", {"type": "integer", "minimum": 1, "maximum": 100_000}),
        ("Populate", "seed", {"minimum": 0, "maximum": 2**53 - 1}),
        ("Populate", "batch_id", {"minLength": 1, "maxLength": 40, "pattern": ID_PATTERN}),
    ],
)
def test_a_request_s_constraints_are_documented(
    client: FlaskClient, schema: str, field: str, constraints: dict[str, Any]
) -> None:
    documented = document(client)["components"]["schemas"][schema]["properties"][field]

    assert {name: documented.get(name) for name in constraints} == constraints


@pytest.mark.parametrize(
    ("schema", "required"),
    [
        ("NewOrder", {"user_id", "order_id", "item_ids", "total_amount"}),
        ("Populate", {"total_entries"}),
    ],
)
def test_a_request_s_required_fields_are_documented(
    client: FlaskClient, schema: str, required: set[str]
) -> None:
    documented = document(client)["components"]["schemas"][schema]

    assert set(documented["required"]) == required
    assert documented["additionalProperties"] is False


@pytest.mark.parametrize(
    ("schema", "field"),
    [("NewOrder", "user_id"), ("NewOrder", "item_ids"), ("Populate", "total_entries")],
)
def test_an_integer_with_a_fraction_is_documented_as_refused(
    client: FlaskClient, schema: str, field: str
) -> None:
    documented = document(client)["components"]["schemas"][schema]["properties"][field]

    assert "1, not 1.0" in documented["description"]


def test_item_ids_are_documented_one_by_one(client: FlaskClient) -> None:
    items = document(client)["components"]["schemas"]["NewOrder"]["properties"]["item_ids"]["items"]

    assert items == {"type": "integer", "minimum": 0, "maximum": 2**53 - 1}


def test_the_metrics_switch_is_documented_as_a_boolean(client: FlaskClient) -> None:
    (switch,) = document(client)["paths"]["/orders/metrics"]["get"]["parameters"]

    assert (switch["name"], switch["schema"]) == (
        "getOrderIds",
        {"type": "boolean", "default": False},
    )


def test_what_an_answer_may_have_beyond_its_fields_is_left_open(client: FlaskClient) -> None:
    schemas = document(client)["components"]["schemas"]

    closed = {name for name, schema in schemas.items() if "additionalProperties" in str(schema)}

    assert closed == {
        *("Callback", "Limits", "NewOrder", "Populate", "Reason", "Retry", "UserLimits")
    }


@pytest.mark.parametrize(
    ("method", "path", "status", "codes"),
    [
        ("post", "/orders/", "400", {"invalid_request", "duplicate_order"}),
        ("post", "/orders/", "413", {"request_entity_too_large"}),
        ("post", "/orders/", "415", {"unsupported_media_type"}),
        ("post", "/orders/", "503", {"unavailable", "outcome_unknown"}),
        ("post", "/orders/populate", "400", {"invalid_request", "duplicate_batch"}),
        ("get", "/orders/{order_id}", "404", {"order_not_found"}),
        ("post", "/orders/{order_id}/callback", "401", {"bad_signature"}),
        ("post", "/orders/{order_id}/callback", "409", {"stale_attempt", "illegal_transition"}),
        ("get", "/orders/metrics", "503", {"unavailable", "busy"}),
        ("get", "/readyz", "503", {"unavailable", "not_ready"}),
    ],
)
def test_each_error_has_examples_of_its_own(
    client: FlaskClient, method: str, path: str, status: str, codes: set[str]
) -> None:
    answer = document(client)["paths"][path][method]["responses"][status]

    examples = answer["content"]["application/json"]["examples"]

    assert {example["value"]["code"] for example in examples.values()} == codes == examples.keys()


def test_a_created_order_is_linked_to_its_status(client: FlaskClient) -> None:
    paths = document(client)["paths"]

    (link,) = paths["/orders/"]["post"]["responses"]["201"]["links"].values()

    assert link["operationId"] == paths["/orders/{order_id}"]["get"]["operationId"]
    assert link["parameters"] == {"order_id": "$response.body#/order_id"}
