"""The last value on the good side of every limit is taken, and comes out as it went in."""

import json
import string
from decimal import Decimal
from typing import Any
from urllib.parse import urljoin

import pytest
from flask.testing import FlaskClient

from tests.application.stories import stored
from tests.conftest import World
from tests.http.bodies import BATCH, ORDER, body

MEBIBYTE = 1024 * 1024
LARGEST = 2**53 - 1


def create(client: FlaskClient, **changes: str) -> int:
    sent = body(ORDER, **changes)
    return client.post("/orders/", data=sent, content_type="application/json").status_code


def shown(client: FlaskClient, order_id: str = "ORD003") -> dict[str, Any]:
    """The order as it is answered, with every number exact."""
    document: dict[str, Any] = json.loads(
        client.get(f"/orders/{order_id}").get_data(as_text=True), parse_float=Decimal
    )
    return document


@pytest.mark.parametrize(
    "order_id",
    [
        *("a", "Z", "0", "a" * 64, "0._:~-", "a..", "A--", "urn:order:1~2", "1e5", "null"),
        *(string.ascii_letters, string.digits + "._:~-"),
        *("Metrics", "metrics2", "populate.", "sim_1", "static", "favicon.ico"),
    ],
)
def test_an_order_id_of_allowed_characters_is_found_again(
    client: FlaskClient, order_id: str
) -> None:
    assert create(client, order_id=f'"{order_id}"') == 201
    assert shown(client, order_id)["order_id"] == order_id


def test_order_ids_that_differ_in_case_are_two(client: FlaskClient) -> None:
    assert create(client, order_id='"abc"', user_id="1") == 201
    assert create(client, order_id='"ABC"', user_id="2") == 201
    assert [shown(client, order_id)["user_id"] for order_id in ("abc", "ABC")] == [1, 2]


@pytest.mark.parametrize(
    "moment",
    ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2025-02-21T16:00:17+01:00"],
)
def test_an_order_may_wait_for_any_time_of_the_calendar(client: FlaskClient, moment: str) -> None:
    assert create(client, not_before=f'"{moment}"') == 201


def test_an_order_may_say_that_it_waits_for_no_time(client: FlaskClient, world: World) -> None:
    assert create(client, not_before="null") == 201

    assert stored(world).not_before is None
    assert world.work() == 1


def test_an_escaped_order_id_is_the_same_id(client: FlaskClient) -> None:
    assert create(client, order_id='"\\u004fRD003"') == 201
    assert shown(client)["order_id"] == "ORD003"


@pytest.mark.parametrize(
    "items",
    [[101], [0], [LARGEST], [5, 5, 5], [3, 1, 2], list(range(1_000)), [LARGEST] * 1_000],
    ids=["one", "zero", "largest", "repeated", "unsorted", "1000", "1000 of the largest"],
)
def test_item_ids_come_out_in_the_order_they_came_in(client: FlaskClient, items: list[int]) -> None:
    assert create(client, item_ids=json.dumps(items)) == 201
    assert shown(client)["item_ids"] == ",".join(map(str, items))


@pytest.mark.parametrize("user_id", [0, 1, 2**31, LARGEST])
def test_a_user_id_comes_out_exactly(client: FlaskClient, user_id: int) -> None:
    assert create(client, user_id=str(user_id)) == 201
    assert shown(client)["user_id"] == user_id


@pytest.mark.parametrize(
    "amount",
    [
        *("0", "0.0", "0.00", "-0", "-0.0", "0E+1000000", "0E-1000000", "0.01", "0.1", "0.10"),
        *("0.29", "1.1", "2.675e1", "59.9", "59.90", "59.99", "60", "60.0", "60.00", "6E1", "1E9"),
        *("4503599627.37", "9999999999", "9999999999.99", "9999999999.990", "1." + "0" * 500),
    ],
    ids=lambda amount: amount[:16],
)
def test_an_amount_comes_out_as_the_same_number(client: FlaskClient, amount: str) -> None:
    assert create(client, total_amount=amount) == 201
    assert shown(client)["total_amount"] == Decimal(amount)


def test_a_whole_amount_comes_out_without_a_fraction(client: FlaskClient) -> None:
    create(client, total_amount="60.0")

    assert b'"total_amount":60,' in client.get("/orders/ORD003").get_data()


@pytest.mark.parametrize("batch_id", ["b", "0", "b" * 40, "a._:~-", "metrics"])
def test_a_batch_id_of_allowed_characters_is_taken(client: FlaskClient, batch_id: str) -> None:
    response = client.post("/orders/populate", json={"total_entries": 1, "batch_id": batch_id})

    assert response.status_code == 201
    assert shown(client, f"sim_{batch_id}_1")["status"] == "Pending"


@pytest.mark.parametrize("total_entries", [1, 500, 501, 1_001])
def test_a_batch_has_as_many_orders_as_asked_for(client: FlaskClient, total_entries: int) -> None:
    sent = body(BATCH, total_entries=str(total_entries))

    client.post("/orders/populate", data=sent, content_type="application/json")

    assert client.get("/orders/metrics").get_json()["pending"]["count"] == total_entries


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "Application/JSON",
        "application/vnd.api+json",
    ],
)
def test_json_by_any_of_its_names_is_a_supported_media_type(
    client: FlaskClient, content_type: str
) -> None:
    response = client.post("/orders/", data=body(ORDER), content_type=content_type)

    assert response.status_code == 201


@pytest.mark.parametrize("path", ["/orders/", "/orders/populate"])
def test_a_body_of_one_mebibyte_is_not_too_large(client: FlaskClient, path: str) -> None:
    sent = body(ORDER if path == "/orders/" else BATCH).ljust(MEBIBYTE)

    assert client.post(path, data=sent, content_type="application/json").status_code == 201


@pytest.mark.parametrize("query", ["?verbose=1", "?getorderids=true", "?getOrderIds=false&x=%ff"])
def test_other_query_parameters_of_the_metrics_are_ignored(client: FlaskClient, query: str) -> None:
    assert client.get(f"/orders/metrics{query}").json == client.get("/orders/metrics").json


@pytest.mark.parametrize("value", ["true", "True", "TRUE", "1"])
def test_programs_may_write_true_as_they_do(client: FlaskClient, value: str) -> None:
    create(client)

    metrics = client.get(f"/orders/metrics?getOrderIds={value}").get_json()

    assert metrics["pending"]["order_ids"] == ["ORD003"]


@pytest.mark.parametrize("value", ["false", "False", "FALSE", "0"])
def test_programs_may_write_false_as_they_do(client: FlaskClient, value: str) -> None:
    create(client)

    metrics = client.get(f"/orders/metrics?getOrderIds={value}").get_json()

    assert metrics["pending"]["order_ids"] == []


def test_a_batch_id_of_null_is_none_given(client: FlaskClient) -> None:
    response = client.post("/orders/populate", json={"total_entries": 1, "batch_id": None})

    assert response.status_code == 201
    assert len(response.get_json()["batch_id"]) == 8


def test_a_final_slash_makes_no_difference(client: FlaskClient) -> None:
    populated = client.post("/orders/populate/", json={"total_entries": 1, "batch_id": "B"})

    assert populated.status_code == 201
    assert client.get("/orders/sim_B_1/").json == client.get("/orders/sim_B_1").json
    assert client.get("/orders/metrics/").json == client.get("/orders/metrics").json


@pytest.mark.parametrize("path", ["/orders/populate", "/orders/populate/"])
def test_a_batch_leads_to_its_first_order(client: FlaskClient, path: str) -> None:
    response = client.post(path, json={"total_entries": 2, "batch_id": "a:b"})

    assert urljoin(f"http://host/shop{path}", response.headers["Location"]) == (
        "http://host/shop/orders/sim_a:b_1"
    )


@pytest.mark.parametrize("seed", ["0", str(LARGEST)])
def test_the_same_seed_makes_the_same_orders(client: FlaskClient, seed: str) -> None:
    for batch_id in "ab":
        sent = body(BATCH, batch_id=f'"{batch_id}"', seed=seed)
        client.post("/orders/populate", data=sent, content_type="application/json")

    one, other = shown(client, "sim_a_1"), shown(client, "sim_b_1")
    assert {name for name in one if one[name] != other[name]} <= {"order_id", "created_at"}
    assert one["user_id"] > 0


def test_a_seed_of_null_is_none_given(client: FlaskClient) -> None:
    response = client.post(
        "/orders/populate", data=body(BATCH, seed="null"), content_type="application/json"
    )

    assert response.status_code == 201
    assert shown(client, "sim_B1_1")["user_id"] == 0
