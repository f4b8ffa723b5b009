"""POST /orders/retry."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.application.test_retry_orders import fail
from tests.conftest import World
from tests.http.answers import error_of

KEY = {"Idempotency-Key": "one-key"}


def test_all_failed_orders_are_retried(client: FlaskClient, world: World) -> None:
    fail(world, "a", "b")

    response = client.post("/orders/retry")

    assert (response.status_code, response.get_json()) == (200, {"retried": 2, "is_more": False})
    assert world.views.totals().pending == 2


@pytest.mark.parametrize(
    ("body", "retried"),
    [
        ({"user_id": 2}, 1),
        ({"id_prefix": "a"}, 2),
        ({"created_after": "2020-01-01T00:00:00Z", "reason": "in stock again"}, 3),
        ({"created_before": "2020-01-01T00:00:00+01:00"}, 0),
    ],
)
def test_a_filter_says_which(
    client: FlaskClient, world: World, body: dict[str, Any], retried: int
) -> None:
    fail(world, "a1", "a2")
    fail(world, "b", user_id=2)

    assert client.post("/orders/retry", json=body).get_json()["retried"] == retried


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("user_id", "1"),
        ("user_id", 1.5),
        ("user_id", -1),
        ("created_after", "yesterday"),
        ("created_after", 5),
        ("created_before", "2020-01-01T00:00:00"),
        ("id_prefix", ""),
        ("id_prefix", "a b"),
        ("reason", ""),
        ("status", "Completed"),
        ("colour", "red"),
    ],
)
def test_bad_input_names_the_field_and_retries_nothing(
    client: FlaskClient, world: World, field: str, value: object
) -> None:
    fail(world, "a")

    error = error_of(client.post("/orders/retry", json={field: value}))

    assert error.status == 400
    assert error.names(field)
    assert world.views.totals().failed == 1


def test_it_is_done_once_for_a_key(client: FlaskClient, world: World) -> None:
    fail(world, "a")
    client.post("/orders/retry", headers=KEY)
    fail(world, "b")

    again = client.post("/orders/retry", headers=KEY)

    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.get_json() == {"retried": 1, "is_more": False}
    assert world.views.totals().failed == 1
