"""POST /orders/<order_id>/callback: signed, strict, and safe to repeat."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from adapters.processors.function import FunctionProcessor
from adapters.standard_webhooks import StandardWebhooks
from application.ports import Accepted
from entrypoints.http.app import create_http_app
from tests.conftest import World
from tests.harness.builders import order_body
from tests.harness.fulfilment import SECRET
from tests.http.answers import error_of

COMPLETED: dict[str, Any] = {"attempt": 1, "result": "completed"}


@pytest.fixture
def world() -> World:
    return World(fulfilment_secret=SECRET).begin_to_sweep()


@pytest.fixture(autouse=True)
def _an_accepted_order(world: World, client: FlaskClient) -> None:
    world.process_with(FunctionProcessor(lambda _: Accepted()))
    client.post("/orders/", json=order_body())
    world.work()


def call_back(
    client: FlaskClient, world: World, document: object, secret: str = SECRET, **headers: str
) -> TestResponse:
    body = json.dumps(document).encode()
    signature = StandardWebhooks(secret, world.clock).headers("msg_1", body)
    return client.post(
        "/orders/ORD003/callback",
        data=body,
        headers={"Content-Type": "application/json"} | signature | headers,
    )


def status_of(client: FlaskClient) -> str:
    status: str = client.get("/orders/ORD003").get_json()["status"]
    return status


def test_an_accepted_order_is_processing(client: FlaskClient) -> None:
    assert status_of(client) == "Processing"


def test_a_callback_completes_an_order_and_returns_it(client: FlaskClient, world: World) -> None:
    response = call_back(client, world, COMPLETED)

    assert response.status_code == 200
    assert response.get_json() == client.get("/orders/ORD003").get_json()
    assert status_of(client) == "Completed"
    assert response.headers["ETag"] == '"4"'


def test_a_callback_fails_an_order_with_its_reason(client: FlaskClient, world: World) -> None:
    failed = {"attempt": 1, "result": "failed", "reason": "the parcel was lost"}

    shown = call_back(client, world, failed).get_json()

    assert (shown["status"], shown["failure_reason"]) == ("Failed", "the parcel was lost")


def test_a_callback_may_ask_for_another_attempt(client: FlaskClient, world: World) -> None:
    failed = {"attempt": 1, "result": "failed", "reason": "no courier", "retry": True}

    assert call_back(client, world, failed).get_json()["status"] == "Pending"


def test_a_callback_is_safe_to_repeat(client: FlaskClient, world: World) -> None:
    first = call_back(client, world, COMPLETED)
    second = call_back(client, world, COMPLETED)

    assert (first.status_code, first.get_json()) == (second.status_code, second.get_json())


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"attempt": 2, "result": "completed"}, "stale_attempt"),
        ({"attempt": 1, "result": "failed", "reason": "lost"}, "illegal_transition"),
    ],
)
def test_another_attempt_or_another_result_is_a_conflict(
    client: FlaskClient, world: World, document: object, code: str
) -> None:
    call_back(client, world, COMPLETED)

    error = error_of(call_back(client, world, document))

    assert (error.status, error.code) == (409, code)
    assert status_of(client) == "Completed"


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({}, "attempt"),
        ({"attempt": 1}, "result"),
        ({"attempt": 1.0, "result": "completed"}, "attempt"),
        ({"attempt": True, "result": "completed"}, "attempt"),
        ({"attempt": 0, "result": "completed"}, "attempt"),
        ({"attempt": 10**30, "result": "completed"}, "attempt"),
        ({"attempt": 1, "result": "done"}, "result"),
        ({"attempt": 1, "result": "failed"}, "reason"),
        ({"attempt": 1, "result": "failed", "reason": ""}, "reason"),
        ({"attempt": 1, "result": "failed", "reason": "a\nb"}, "reason"),
        ({"attempt": 1, "result": "failed", "reason": "lost", "retry": "true"}, "retry"),
        ({"attempt": 1, "result": "failed", "reason": "lost", "retry": 1}, "retry"),
        ({"attempt": 1, "result": "failed", "reason": "lost", "retry": None}, "retry"),
        (COMPLETED | {"results": "x"}, "results"),
    ],
)
def test_a_wrong_field_is_named_and_changes_nothing(
    client: FlaskClient, world: World, document: object, field: str
) -> None:
    error = error_of(call_back(client, world, document))

    assert (error.status, error.code) == (400, "invalid_request")
    assert field in error.details
    assert status_of(client) == "Processing"


def refused(response: TestResponse, client: FlaskClient) -> bool:
    error = error_of(response)
    return (error.status, error.code) == (401, "bad_signature") and status_of(
        client
    ) == "Processing"


def test_a_callback_by_another_secret_is_refused(client: FlaskClient, world: World) -> None:
    assert refused(call_back(client, world, COMPLETED, secret="whsec_" + "A" * 32), client)


def test_a_callback_without_a_signature_is_refused(client: FlaskClient) -> None:
    assert refused(client.post("/orders/ORD003/callback", json=COMPLETED), client)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]"])
def test_who_has_not_signed_is_told_nothing_else(client: FlaskClient, body: bytes) -> None:
    assert refused(client.post("/orders/ORD003/callback", data=body), client)
    assert error_of(client.post("/orders/ORD404/callback", data=body)).status == 401


def test_an_old_callback_is_refused(client: FlaskClient, world: World) -> None:
    body = json.dumps(COMPLETED).encode()
    headers = StandardWebhooks(SECRET, world.clock).headers("msg_1", body)
    world.clock.advance(seconds=301)

    response = client.post("/orders/ORD003/callback", data=body, headers=headers)

    assert refused(response, client)
    assert "300 s away" in error_of(response).error


def test_a_signed_callback_for_an_unknown_order_is_not_found(
    client: FlaskClient, world: World
) -> None:
    body = json.dumps(COMPLETED).encode()
    headers = StandardWebhooks(SECRET, world.clock).headers("msg_1", body)

    response = client.post(
        "/orders/ORD404/callback", data=body, headers=headers, content_type="application/json"
    )

    assert error_of(response).status == 404


def test_a_signed_body_of_another_type_is_refused(client: FlaskClient, world: World) -> None:
    response = call_back(client, world, COMPLETED, **{"Content-Type": "text/plain"})

    assert error_of(response).status == 415


def test_without_a_secret_no_callback_is_believed() -> None:
    world = World()
    client = create_http_app(world.container).test_client()

    error = error_of(call_back(client, world, COMPLETED, secret=""))

    assert (error.status, error.code) == (401, "bad_signature")
    assert "ORDERS_FULFILMENT_SECRET is not set" in error.error
