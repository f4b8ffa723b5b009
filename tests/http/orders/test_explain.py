"""GET /orders/<order_id>/explain."""

import pytest
from flask.testing import FlaskClient

from tests.application.stories import stored
from tests.conftest import World
from tests.harness.builders import LEASE, order_body
from tests.http.answers import error_of


def test_an_order_in_line_is_explained_in_words_and_in_fields(client: FlaskClient) -> None:
    client.post("/orders/", json=order_body())

    response = client.get("/orders/ORD003/explain")

    assert response.status_code == 200
    assert response.json == {
        "order_id": "ORD003",
        "status": "Pending",
        "why": "in_line",
        "summary": "It waits for a worker, and is the next in line.",
        "line": {"ahead": 0, "is_longer": False},
        "rate": None,
        "expected_start_at": None,
        "expected_end_at": None,
        "lease": None,
        "attempts": {"used": 0, "most": 5},
        "crashes": {"used": 0, "most": 20},
        "next_retry_at": None,
        "last_error": None,
        "not_before": None,
        "hold_reason": None,
        "pause_reason": None,
        "parked_until": None,
    }


def test_an_order_that_is_to_wait_says_until_when(client: FlaskClient) -> None:
    client.post("/orders/", json=order_body() | {"not_before": "2030-01-01T01:00:00+01:00"})

    answer = client.get("/orders/ORD003/explain").get_json()

    assert (answer["why"], answer["not_before"]) == (
        "scheduled",
        "2030-01-01T00:00:00.000000+00:00",
    )


def test_an_order_in_processing_has_a_lease_and_a_rate(client: FlaskClient, world: World) -> None:
    client.post("/orders/", json=order_body("done"))
    world.work()
    client.post("/orders/", json=order_body())
    world.repository.update([stored(world).start(world.clock.now(), LEASE, "process-1")])

    answer = client.get("/orders/ORD003/explain").get_json()

    assert answer["lease"] == {"owner": "process-1", "until": "2025-02-21T15:00:37.011218+00:00"}
    assert answer["rate"] == {
        "orders_per_second": 0.2,
        "measured_from": "1 order in processing, for 5.01 s each on average",
    }
    assert answer["expected_end_at"] == "2025-02-21T15:00:27.022436+00:00"


@pytest.mark.parametrize("order_id", ["ORD404", "-", "a" * 65, "%00", "%ff"])
def test_an_unknown_order_is_not_explained(client: FlaskClient, order_id: str) -> None:
    answer = error_of(client.get(f"/orders/{order_id}/explain"))

    assert (answer.status, answer.code) == (404, "order_not_found")


@pytest.mark.parametrize("path", ["/orders/metrics/explain", "/orders/a/b/explain"])
def test_what_is_no_address_of_an_order_is_not_explained(client: FlaskClient, path: str) -> None:
    assert error_of(client.get(path)).code == "not_found"


def test_an_explanation_is_only_read(client: FlaskClient) -> None:
    assert error_of(client.post("/orders/ORD003/explain")).status == 405
