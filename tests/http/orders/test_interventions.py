"""POST /orders/<order_id>/cancel, retry, hold and release, and the versions of an order."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from adapters.processors.scripted import ScriptedProcessor
from application.ports import OrderRejected
from tests.conftest import World
from tests.harness.builders import order_body
from tests.http.answers import error_of

WORDS = ["cancel", "retry", "hold", "release"]


@pytest.fixture(autouse=True)
def _an_order(client: FlaskClient) -> None:
    client.post("/orders/", json=order_body())


@pytest.mark.parametrize(
    ("word", "status"), [("cancel", "Cancelled"), ("hold", "Pending"), ("release", "Pending")]
)
@pytest.mark.parametrize("body", [{}, {"json": {}}, {"json": {"reason": "ordered twice"}}])
def test_what_is_asked_is_done_and_the_order_returned(
    client: FlaskClient, word: str, status: str, body: dict[str, Any]
) -> None:
    response = client.post(f"/orders/ORD003/{word}", **body)

    assert response.status_code == 200
    assert response.get_json() == client.get("/orders/ORD003").get_json()
    assert response.get_json()["status"] == status


def test_a_failed_order_is_retried(client: FlaskClient, world: World) -> None:
    world.process_with(ScriptedProcessor(OrderRejected("not sold any more")))
    world.work()

    response = client.post("/orders/ORD003/retry")

    assert response.get_json()["status"] == "Pending"
    assert "failure_reason" not in response.get_json()


@pytest.mark.parametrize("word", WORDS)
def test_what_the_state_forbids_is_a_conflict_that_names_it(
    client: FlaskClient, world: World, word: str
) -> None:
    world.work()

    error = error_of(client.post(f"/orders/ORD003/{word}"))

    assert (error.status, error.code) == (409, "illegal_transition")
    assert error.details["status"] == "Completed"


@pytest.mark.parametrize("word", WORDS)
def test_an_unknown_order_is_not_found(client: FlaskClient, word: str) -> None:
    assert error_of(client.post(f"/orders/ORD404/{word}")).status == 404


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize(
    "body",
    [
        {"json": {"reason": ""}},
        {"json": {"reason": 5}},
        {"json": {"reason": "x" * 501}},
        {"json": {"reason": "two\nlines"}},
        {"json": {"why": "unknown field"}},
        {"json": []},
        {"data": "{", "content_type": "application/json"},
    ],
)
def test_bad_input_is_refused_and_changes_nothing(
    client: FlaskClient, word: str, body: dict[str, Any]
) -> None:
    error = error_of(client.post(f"/orders/ORD003/{word}", **body))

    assert error.status == 400
    assert client.get("/orders/ORD003").headers["ETag"] == '"1"'


def test_a_body_that_is_no_json_is_refused(client: FlaskClient) -> None:
    assert error_of(client.post("/orders/ORD003/cancel", data="reason=x")).status == 415


def test_an_order_that_a_client_has_already_is_not_sent_again(client: FlaskClient) -> None:
    etag = client.get("/orders/ORD003").headers["ETag"]

    again = client.get("/orders/ORD003", headers={"If-None-Match": f'"7", W/{etag}'})

    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", etag)


def test_an_order_that_has_changed_is_sent_with_another_etag(
    client: FlaskClient, world: World
) -> None:
    etag = client.get("/orders/ORD003").headers["ETag"]
    world.work()

    changed = client.get("/orders/ORD003", headers={"If-None-Match": etag})

    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag


@pytest.mark.parametrize("word", ["cancel", "hold", "release"])
@pytest.mark.parametrize("header", ['"2"', 'W/"1"', '"x"', '"' + "9" * 5000 + '"', '"²"', ""])
def test_a_change_of_another_version_is_refused(
    client: FlaskClient, word: str, header: str
) -> None:
    response = client.post(f"/orders/ORD003/{word}", headers={"If-Match": header})

    assert (error_of(response).status, error_of(response).code) == (412, "order_changed")


@pytest.mark.parametrize("header", ['"1"', '"7", "1"', "*"])
def test_a_change_of_this_version_is_made(client: FlaskClient, header: str) -> None:
    response = client.post("/orders/ORD003/cancel", headers={"If-Match": header})

    assert response.get_json()["status"] == "Cancelled"
    assert response.headers["ETag"] == '"2"'
