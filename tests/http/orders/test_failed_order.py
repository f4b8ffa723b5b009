"""What an order that will not be tried again shows, and what no other order shows."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from adapters.processors.function import FunctionProcessor
from adapters.processors.scripted import ScriptedProcessor
from application.ports import OrderRejected, RetryLater
from entrypoints.http.app import create_http_app
from tests.conftest import World
from tests.harness.builders import order_body

EXAMPLE = order_body()


def test_a_failed_order_says_why_and_has_not_completed(client: FlaskClient, world: World) -> None:
    world.process_with(ScriptedProcessor(OrderRejected("item 102 is not sold any more")))
    client.post("/orders/", json=EXAMPLE)
    world.clock.advance(seconds=2.747467)

    world.work()

    response = client.get("/orders/ORD003")
    assert response.status_code == 200
    assert response.json == {
        "completed_at": None,
        "created_at": "2025-02-21T15:00:17.000000+00:00",
        "failure_reason": "item 102 is not sold any more",
        "item_ids": "101,102,103",
        "order_id": "ORD003",
        "pending_duration": 2.747467,
        "processing_duration": None,
        "processing_started_at": "2025-02-21T15:00:19.747467+00:00",
        "status": "Failed",
        "total_amount": 59.99,
        "total_duration": None,
        "user_id": 1,
    }


def test_an_order_that_is_out_of_attempts_shows_the_kind_of_the_last_error() -> None:
    world = World(max_attempts="1")
    world.process_with(ScriptedProcessor(ConnectionError("postgresql://me:hunter2@db refused")))
    client = create_http_app(world.container).test_client()
    client.post("/orders/", json=EXAMPLE)

    world.work()

    shown = client.get("/orders/ORD003").get_json()
    assert (shown["status"], shown["failure_reason"]) == ("Failed", "ConnectionError")


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (None, "Completed"),
        (ValueError("no stock"), "Pending"),
        (RetryLater("closed", timedelta(seconds=60)), "Pending"),
    ],
    ids=["completed", "to be tried again after an error", "to be tried again on request"],
)
def test_an_order_that_has_not_failed_has_no_failure_reason(
    client: FlaskClient, world: World, outcome: Exception | None, status: str
) -> None:
    world.process_with(ScriptedProcessor(outcome))
    client.post("/orders/", json=EXAMPLE)

    world.work()

    shown = client.get("/orders/ORD003").get_json()
    assert shown["status"] == status
    assert "failure_reason" not in shown


def test_an_order_in_its_second_attempt_has_no_failure_reason(
    client: FlaskClient, world: World
) -> None:
    seen = []

    def fail_once_then_look(_: object) -> None:
        seen.append(client.get("/orders/ORD003").get_json())
        if len(seen) == 1:
            raise ValueError("no stock")

    world.process_with(FunctionProcessor(fail_once_then_look))
    client.post("/orders/", json=EXAMPLE)
    world.work()
    world.clock.advance(seconds=60)
    world.sweep()

    world.work()

    assert [shown["status"] for shown in seen] == ["Processing", "Processing"]
    assert "failure_reason" not in seen[1]


def test_a_failed_order_that_was_cancelled_has_no_failure_reason(
    client: FlaskClient, world: World
) -> None:
    world.process_with(ScriptedProcessor(OrderRejected("not sold any more")))
    client.post("/orders/", json=EXAMPLE)
    world.work()
    failed = world.repository.get("ORD003")
    assert failed is not None

    world.repository.update([failed.cancel(world.clock.now())])

    shown = client.get("/orders/ORD003").get_json()
    assert shown["status"] == "Cancelled"
    assert "failure_reason" not in shown
