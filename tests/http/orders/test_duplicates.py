"""Ids that are taken already: of an order, of a batch, and of a batch's orders."""

from flask.testing import FlaskClient

from domain.totals import Totals
from tests.conftest import World
from tests.harness.builders import order_body
from tests.http.answers import error_of

EXAMPLE = order_body()
OTHER = {"user_id": 2, "order_id": "ORD003", "item_ids": [7], "total_amount": 1}


def test_a_taken_order_id_is_refused(client: FlaskClient) -> None:
    client.post("/orders/", json=EXAMPLE)

    answer = error_of(client.post("/orders/", json=OTHER))

    assert (answer.status, answer.code) == (400, "duplicate_order")
    assert "ORD003" in answer.error
    assert answer.details == {"order_id": "ORD003"}


def test_a_taken_order_id_leaves_the_stored_order_as_it_was(
    client: FlaskClient, world: World
) -> None:
    client.post("/orders/", json=EXAMPLE)
    before = client.get("/orders/ORD003").json
    world.clock.advance(seconds=1)

    client.post("/orders/", json=OTHER)

    assert client.get("/orders/ORD003").json == before
    assert world.views.totals() == Totals(pending=1)


def test_the_id_of_a_completed_order_stays_taken(client: FlaskClient, world: World) -> None:
    client.post("/orders/", json=EXAMPLE)
    world.work()

    answer = error_of(client.post("/orders/", json=EXAMPLE))

    assert answer.code == "duplicate_order"


def test_a_refused_order_is_not_processed_again(client: FlaskClient, world: World) -> None:
    client.post("/orders/", json=EXAMPLE)
    world.work()

    client.post("/orders/", json=OTHER)

    assert world.work() == 0


def test_a_batch_id_that_was_used_before_is_refused(client: FlaskClient) -> None:
    client.post("/orders/populate", json={"total_entries": 2, "batch_id": "B1"})

    response = client.post("/orders/populate", json={"total_entries": 3, "batch_id": "B1"})

    answer = error_of(response)
    assert (answer.status, answer.code) == (400, "duplicate_batch")
    assert "B1" in answer.error
    assert answer.details == {"batch_id": "B1", "total_entries": 2, "done": 2}


def test_a_batch_id_that_was_used_before_stores_nothing(client: FlaskClient, world: World) -> None:
    client.post("/orders/populate", json={"total_entries": 2, "batch_id": "B1"})

    client.post("/orders/populate", json={"total_entries": 3, "batch_id": "B1"})

    assert world.views.totals() == Totals(pending=2)


def test_batches_without_a_given_id_get_different_ones(client: FlaskClient) -> None:
    ids = {
        client.post("/orders/populate", json={"total_entries": 1}).get_json()["batch_id"]
        for _ in range(20)
    }

    assert len(ids) == 20


def test_a_batch_reports_which_of_its_order_ids_were_taken(client: FlaskClient) -> None:
    client.post("/orders/", json=EXAMPLE | {"order_id": "sim_B1_2"})

    response = client.post("/orders/populate", json={"total_entries": 3, "batch_id": "B1"})

    assert response.status_code == 201
    assert response.json == {
        "batch_id": "B1",
        "errors": ["order sim_B1_2 exists already"],
        "failure_count": 1,
        "success_count": 2,
        "total_entries": 3,
    }
