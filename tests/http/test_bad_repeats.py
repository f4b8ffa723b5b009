"""Idempotency-Key: what is wrong with a request is answered as without a key."""

import json
import sys

import pytest
from flask.testing import FlaskClient

from tests.conftest import World
from tests.harness.builders import order_body
from tests.http.answers import error_of

KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there", "naïve"])
def test_a_bad_key_is_refused(client: FlaskClient, world: World, key: str) -> None:
    response = client.post("/orders/", json=order_body(), headers={"Idempotency-Key": key})

    assert error_of(response).error.startswith("Idempotency-Key")
    assert error_of(response).status == 400
    assert world.views.totals().order_count == 0


@pytest.mark.parametrize("number", ["1e9999999", "1e-9999999", "[" + "1e999999," * 5_000 + "1]"])
def test_numbers_that_no_order_may_have_are_refused_as_without_a_key(
    client: FlaskClient, number: str
) -> None:
    order = json.dumps(order_body() | {"total_amount": "?"}).replace('"?"', number)

    for address, body in [("/orders", order), ("/orders/batch", f"[{order}]")]:
        answers = [
            client.post(address, data=body, content_type="application/json", headers=headers)
            for headers in ({}, KEY)
        ]
        assert {answer.status_code for answer in answers} <= {400, 207}
        assert answers[0].data == answers[1].data


def test_no_depth_at_which_a_body_is_nested_is_an_error_of_ours(client: FlaskClient) -> None:
    deepest = sys.getrecursionlimit()

    statuses = {
        client.post(
            "/orders/batch",
            data='{"item_ids":' + "[" * depth + "]" * depth + "}",
            content_type="application/x-ndjson",
            headers=KEY,
        ).status_code
        for depth in range(deepest - 150, deepest)
    }

    assert statuses <= {207, 400}
