"""GET /flow, POST /flow/pause, POST /flow/resume, PUT /flow/limits."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from application.processing.breaker import FAILURES_IN_A_ROW
from tests.conftest import World
from tests.harness.builders import an_order, order_body
from tests.http.answers import error_of

FREE = {
    "at_once": None,
    "pause_reason": None,
    "paused": False,
    "paused_at": None,
    "paused_by": None,
    "processor_unavailable_since": None,
    "per_user": {"at_once": None, "rate_per_second": None},
    "rate_per_second": None,
}


def test_at_first_nothing_is_held_back(client: FlaskClient) -> None:
    answer = client.get("/flow")

    assert (answer.status_code, answer.get_json()) == (200, FREE)
    assert client.get("/flow/").get_json() == FREE


def test_a_pause_is_shown_until_it_is_resumed(client: FlaskClient) -> None:
    paused = client.post("/flow/pause", json={"reason": "stocktaking"})

    assert paused.status_code == 200
    assert paused.get_json() == client.get("/flow").get_json()
    assert paused.get_json() == FREE | {
        "paused": True,
        "paused_at": "2025-02-21T15:00:17.000000+00:00",
        "paused_by": "client",
        "pause_reason": "stocktaking",
    }
    assert client.post("/flow/pause", json={"reason": "again"}).get_json() == paused.get_json()
    assert client.post("/flow/resume").get_json() == client.get("/flow").get_json() == FREE
    assert client.post("/flow/resume").get_json() == FREE


@pytest.mark.parametrize("body", [{}, {"json": {}}, {"json": {"reason": None}}])
def test_a_pause_needs_no_reason(client: FlaskClient, body: dict[str, Any]) -> None:
    assert client.post("/flow/pause", **body).get_json()["paused"] is True


def test_orders_are_taken_in_and_start_once_it_is_resumed(
    client: FlaskClient, world: World
) -> None:
    client.post("/flow/pause")
    world.container.follow_flow()()

    assert client.post("/orders/", json=order_body()).status_code == 201
    world.sweep()
    assert world.work() == 0

    client.post("/flow/resume")
    world.container.follow_flow()()
    world.sweep()
    assert world.work() == 1


def test_a_process_that_cannot_reach_its_processor_says_so(
    client: FlaskClient, world: World
) -> None:
    for _ in range(FAILURES_IN_A_ROW):
        world.container.breaker().failed(an_order(), "connection refused")

    shown = client.get("/flow").get_json()["processor_unavailable_since"]

    assert shown == "2025-02-21T15:00:17.000000+00:00"
    assert client.post("/orders/", json=order_body()).status_code == 201


@pytest.mark.parametrize(
    ("rate", "at_once"), [(12.5, 40), (1, None), (None, 1), (0.001, 1_000_000), (1_000_000, 7)]
)
def test_limits_are_set_and_lifted(client: FlaskClient, rate: float, at_once: int) -> None:
    limits = {"rate_per_second": rate, "at_once": at_once}

    assert client.put("/flow/limits", json=limits).get_json() == FREE | limits
    assert client.get("/flow").get_json() == FREE | limits

    none = {"rate_per_second": None, "at_once": None}
    assert client.put("/flow/limits", json=none).get_json() == FREE


def test_limits_of_each_user_are_set_and_lifted(client: FlaskClient) -> None:
    none = {"rate_per_second": None, "at_once": None}
    limits = none | {"per_user": {"rate_per_second": 0.5, "at_once": 2}}

    assert client.put("/flow/limits", json=limits).get_json() == FREE | limits
    assert client.get("/flow").get_json() == FREE | limits

    assert client.put("/flow/limits", json=none).get_json() == FREE


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "rate_per_second"),
        ({"rate_per_second": 1}, "at_once"),
        ({"rate_per_second": 0, "at_once": 1}, "rate_per_second"),
        ({"rate_per_second": 1e300, "at_once": 1}, "rate_per_second"),
        ({"rate_per_second": 10**400, "at_once": 1}, "rate_per_second"),
        ({"rate_per_second": 1.0005, "at_once": 1}, "rate_per_second"),
        ({"rate_per_second": "5", "at_once": 1}, "rate_per_second"),
        ({"rate_per_second": True, "at_once": 1}, "rate_per_second"),
        ({"rate_per_second": [1], "at_once": 1}, "rate_per_second"),
        ({"rate_per_second": 1, "at_once": 0}, "at_once"),
        ({"rate_per_second": 1, "at_once": 1.5}, "at_once"),
        ({"rate_per_second": 1, "at_once": 10**30}, "at_once"),
        ({"rate_per_second": 1, "at_once": "1"}, "at_once"),
        ({"rate_per_second": 1, "at_once": True}, "at_once"),
        ({"rate_per_second": 1, "at_once": 1, "per_user": 1}, "per_user"),
        ({"rate_per_second": 1, "at_once": 1, "per_user": None}, "per_user"),
        ({"rate_per_second": 1, "at_once": 1, "per_user": {"at_once": 1}}, "per_user"),
        (
            {
                "rate_per_second": 1,
                "at_once": 1,
                "per_user": {"rate_per_second": 0, "at_once": 1},
            },
            "per_user",
        ),
        ({"rate_per_second": 1, "at_once": 1, "per_order": {}}, "per_order"),
    ],
)
def test_bad_limits_are_refused_and_change_nothing(
    client: FlaskClient, body: dict[str, Any], field: str
) -> None:
    error = error_of(client.put("/flow/limits", json=body))

    assert error.status == 400
    assert field in error.details
    assert client.get("/flow").get_json() == FREE


@pytest.mark.parametrize("reason", ["", 5, "x" * 501, "two\nlines", "nul\0"])
def test_a_bad_reason_is_refused_and_pauses_nothing(client: FlaskClient, reason: object) -> None:
    assert error_of(client.post("/flow/pause", json={"reason": reason})).status == 400
    assert client.get("/flow").get_json() == FREE


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/flow"), ("GET", "/flow/pause"), ("GET", "/flow/resume"), ("POST", "/flow/limits")],
)
def test_other_methods_are_refused(client: FlaskClient, method: str, path: str) -> None:
    assert error_of(client.open(path, method=method)).status == 405
