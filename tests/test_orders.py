"""Every documented example of the API, field by field."""

import re
from typing import Any
from urllib.parse import urljoin

import pytest
from flask.testing import FlaskClient

from adapters.processors.function import FunctionProcessor
from tests.conftest import World

EXAMPLE = {"user_id": 1, "order_id": "ORD003", "item_ids": [101, 102, 103], "total_amount": 59.99}
PENDING = {
    "completed_at": None,
    "created_at": "2025-02-21T15:00:17.000000+00:00",
    "item_ids": "101,102,103",
    "order_id": "ORD003",
    "pending_duration": None,
    "processing_duration": None,
    "processing_started_at": None,
    "status": "Pending",
    "total_amount": 59.99,
    "total_duration": None,
    "user_id": 1,
}


@pytest.mark.parametrize("path", ["/orders/", "/orders"])
def test_create_order(client: FlaskClient, path: str) -> None:
    response = client.post(path, json=EXAMPLE)

    assert response.status_code == 201
    assert response.json == {"message": "Order created", "order_id": "ORD003"}
    assert urljoin(f"http://host/shop{path}", response.headers["Location"]) == (
        "http://host/shop/orders/ORD003"
    )


def test_create_order_refuses_a_bad_field(client: FlaskClient) -> None:
    response = client.post("/orders/", json=EXAMPLE | {"user_id": None})

    assert response.status_code == 400
    assert response.json == {
        "error": "user_id: Field may not be null.",
        "code": "invalid_request",
        "details": {"user_id": ["Field may not be null."]},
    }


def test_create_order_refuses_a_taken_order_id(client: FlaskClient) -> None:
    client.post("/orders/", json=EXAMPLE)

    response = client.post("/orders/", json=EXAMPLE)

    assert response.status_code == 400
    assert response.json == {
        "error": "order ORD003 exists already",
        "code": "duplicate_order",
        "details": {"order_id": "ORD003"},
    }


def test_get_order_status(client: FlaskClient, world: World) -> None:
    client.post("/orders/", json=EXAMPLE)
    world.clock.advance(seconds=2.747467)
    world.work()

    response = client.get("/orders/ORD003")

    assert response.status_code == 200
    assert response.json == {
        "completed_at": "2025-02-21T15:00:24.758685+00:00",
        "created_at": "2025-02-21T15:00:17.000000+00:00",
        "item_ids": "101,102,103",
        "order_id": "ORD003",
        "pending_duration": 2.747467,
        "processing_duration": 5.011218,
        "processing_started_at": "2025-02-21T15:00:19.747467+00:00",
        "status": "Completed",
        "total_amount": 59.99,
        "total_duration": 7.758685,
        "user_id": 1,
    }


def test_get_order_status_of_a_pending_order(client: FlaskClient) -> None:
    client.post("/orders/", json=EXAMPLE)

    response = client.get("/orders/ORD003")

    assert response.status_code == 200
    assert response.json == PENDING


def test_get_order_status_of_an_order_that_is_being_processed(
    client: FlaskClient, world: World
) -> None:
    seen: list[Any] = []
    world.process_with(FunctionProcessor(lambda _: seen.append(client.get("/orders/ORD003").json)))
    client.post("/orders/", json=EXAMPLE)
    world.clock.advance(seconds=2.747467)

    world.work()

    known_by_now = {
        "pending_duration": 2.747467,
        "processing_started_at": "2025-02-21T15:00:19.747467+00:00",
        "status": "Processing",
    }
    assert seen == [PENDING | known_by_now]


def test_get_order_status_of_an_unknown_order(client: FlaskClient) -> None:
    response = client.get("/orders/ORD404")

    assert response.status_code == 404
    assert response.json == {
        "error": "Order not found",
        "code": "order_not_found",
        "details": {"order_id": "ORD404"},
    }


@pytest.mark.parametrize(
    ("query", "order_ids"),
    [("", []), ("?getOrderIds=false", []), ("?getOrderIds=true", ["ORD003"])],
)
def test_get_order_metrics(
    client: FlaskClient, world: World, query: str, order_ids: list[str]
) -> None:
    client.post("/orders/", json=EXAMPLE)
    world.clock.advance(seconds=2.747467)
    world.work()

    response = client.get(f"/orders/metrics{query}")

    assert response.status_code == 200
    assert response.json == {
        "average_processing_time": 5.011218,
        "average_processing_time_from_creation": 7.758685,
        "completed": {"count": 1, "order_ids": order_ids},
        "pending": {"count": 0, "order_ids": []},
        "processing": {"count": 0, "order_ids": []},
        "total_orders": 1,
    }


def test_get_order_metrics_before_there_is_any_order(client: FlaskClient) -> None:
    response = client.get("/orders/metrics")

    assert response.status_code == 200
    assert response.json == {
        "average_processing_time": 0,
        "average_processing_time_from_creation": 0,
        "completed": {"count": 0, "order_ids": []},
        "pending": {"count": 0, "order_ids": []},
        "processing": {"count": 0, "order_ids": []},
        "total_orders": 0,
    }


def test_populate_orders(client: FlaskClient) -> None:
    response = client.post("/orders/populate", json={"total_entries": 4})

    assert response.status_code == 201
    populated = response.get_json()
    assert re.fullmatch(r"[0-9a-f]{8}", populated.pop("batch_id"))
    assert populated == {"errors": [], "failure_count": 0, "success_count": 4, "total_entries": 4}


def test_populate_orders_under_a_given_batch_id(client: FlaskClient) -> None:
    body = {"total_entries": 4, "batch_id": "optional-batch-identifier"}
    response = client.post("/orders/populate", json=body)

    assert response.status_code == 201
    assert response.json == {
        "batch_id": "optional-batch-identifier",
        "errors": [],
        "failure_count": 0,
        "success_count": 4,
        "total_entries": 4,
    }


def test_populated_orders_are_processed_like_any_other(client: FlaskClient, world: World) -> None:
    client.post("/orders/populate", json={"total_entries": 4, "batch_id": "load"})

    world.sweep()
    world.work()

    completed = client.get("/orders/metrics?getOrderIds=true").get_json()["completed"]
    assert completed == {"count": 4, "order_ids": [f"sim_load_{number}" for number in range(1, 5)]}


def test_populate_orders_refuses_a_missing_field(client: FlaskClient) -> None:
    response = client.post("/orders/populate", json={"batch_id": "load"})

    assert response.status_code == 400
    assert response.json == {
        "error": "total_entries: Missing data for required field.",
        "code": "invalid_request",
        "details": {"total_entries": ["Missing data for required field."]},
    }
