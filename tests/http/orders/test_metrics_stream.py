"""The metrics with every order's id: the plain document and the ids, streamed."""

from decimal import Decimal

import pytest
from flask.testing import FlaskClient

from adapters.processors.function import FunctionProcessor
from adapters.processors.scripted import ScriptedProcessor
from application.ports import OrderRejected
from tests.conftest import World
from tests.harness.builders import an_order, order_body

WITH_IDS = "/orders/metrics?getOrderIds=true"
DOCUMENTED = {
    "average_processing_time",
    "average_processing_time_from_creation",
    "completed",
    "pending",
    "processing",
    "total_orders",
}


def create(client: FlaskClient, *order_ids: str) -> None:
    for order_id in order_ids:
        assert client.post("/orders/", json=order_body(order_id)).status_code == 201


def test_without_any_order_the_stream_is_the_plain_document(client: FlaskClient) -> None:
    response = client.get(WITH_IDS)

    assert response.status_code == 200
    assert response.mimetype == "application/json"
    assert response.json == client.get("/orders/metrics").json


def test_each_id_is_listed_under_the_status_of_its_order(client: FlaskClient, world: World) -> None:
    seen = []
    world.process_with(FunctionProcessor(lambda _: seen.append(client.get(WITH_IDS).get_json())))
    create(client, "A", "B", "C")

    world.work()

    assert [[seen[1][status] for status in ("completed", "processing", "pending")]] == [
        [{"count": 1, "order_ids": [order_id]} for order_id in ("A", "B", "C")]
    ]


def test_ids_and_counts_differ_from_the_plain_document_in_the_ids_only(
    client: FlaskClient, world: World
) -> None:
    create(client, "A", "B")
    world.clock.advance(seconds=2.747467)
    world.work()
    create(client, "C")

    streamed = client.get(WITH_IDS).get_json()

    plain = client.get("/orders/metrics").get_json()
    assert plain["completed"].pop("order_ids") == plain["pending"].pop("order_ids") == []
    assert streamed["completed"].pop("order_ids") == ["A", "B"]
    assert streamed["pending"].pop("order_ids") == ["C"]
    assert streamed == plain


@pytest.mark.parametrize("path", ["/orders/metrics", WITH_IDS])
def test_only_documented_groups_are_listed_while_no_order_needs_another(
    client: FlaskClient, world: World, path: str
) -> None:
    world.process_with(ScriptedProcessor(None, ValueError("to be tried again")))
    create(client, "A", "B")

    world.work()

    assert client.get(path).get_json().keys() == DOCUMENTED


@pytest.mark.parametrize(("path", "has_ids"), [("/orders/metrics", False), (WITH_IDS, True)])
def test_failed_and_cancelled_orders_are_groups_of_their_own(
    client: FlaskClient, world: World, path: str, has_ids: bool
) -> None:
    world.process_with(ScriptedProcessor(OrderRejected("not sold any more")))
    create(client, "A")
    world.work()
    pending = an_order("B", total_amount=Decimal(1))
    world.repository.add([pending])
    world.repository.update([pending.cancel(world.clock.now())])

    document = client.get(path).get_json()

    assert document.keys() == DOCUMENTED | {"failed", "cancelled"}
    assert document["failed"] == {"count": 1, "order_ids": ["A"] if has_ids else []}
    assert document["cancelled"] == {"count": 1, "order_ids": ["B"] if has_ids else []}
    assert document["total_orders"] == 2


@pytest.mark.parametrize("orders", [10_000, 10_001, 20_001])
def test_every_id_is_listed_once_however_many_there_are(
    client: FlaskClient, world: World, orders: int
) -> None:
    world.repository.add([an_order(f"ORD{number:08}") for number in range(orders)])

    document = client.get(WITH_IDS).get_json()

    assert document["pending"]["count"] == document["total_orders"] == orders
    assert document["pending"]["order_ids"] == [f"ORD{number:08}" for number in range(orders)]
