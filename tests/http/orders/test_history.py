"""GET /orders/<order_id>/history."""

import pytest
from flask.testing import FlaskClient

from adapters.processors.scripted import ScriptedProcessor
from application.ports import OrderRejected
from domain.events import Actor, Role
from tests.application.stories import stored
from tests.conftest import World
from tests.harness.builders import order_body
from tests.http.answers import error_of

EXAMPLE = order_body()


def test_each_step_says_when_by_whom_and_why(client: FlaskClient, world: World) -> None:
    world.process_with(ScriptedProcessor(OrderRejected("item 102 is not sold any more")))
    client.post("/orders/", json=EXAMPLE)
    world.clock.advance(seconds=2.747467)
    world.work()

    response = client.get("/orders/ORD003/history")

    assert response.status_code == 200
    assert response.json == {
        "events": [
            {
                "sequence": 1,
                "kind": "created",
                "status": "Pending",
                "at": "2025-02-21T15:00:17.000000+00:00",
                "attempt": 0,
                "actor": "client",
                "reason": None,
            },
            {
                "sequence": 2,
                "kind": "started",
                "status": "Processing",
                "at": "2025-02-21T15:00:19.747467+00:00",
                "attempt": 1,
                "actor": "worker",
                "reason": None,
            },
            {
                "sequence": 3,
                "kind": "failed",
                "status": "Failed",
                "at": "2025-02-21T15:00:19.747467+00:00",
                "attempt": 1,
                "actor": "worker",
                "reason": "item 102 is not sold any more",
            },
        ]
    }


def test_whoever_is_known_is_named_and_only_the_first_line_of_a_reason_is_shown(
    client: FlaskClient, world: World
) -> None:
    client.post("/orders/", json=EXAMPLE)
    jo = Actor(Role.OPERATOR, "jo")
    cancelled = stored(world).cancel(world.clock.now(), jo, "a duplicate\nsecret: hunter2")
    world.repository.update([cancelled])

    last = client.get("/orders/ORD003/history").get_json()["events"][-1]

    assert (last["actor"], last["reason"]) == ("operator:jo", "a duplicate")


@pytest.mark.parametrize("order_id", ["ORD404", "-", "a" * 65, "%00"])
def test_an_unknown_order_has_no_history(client: FlaskClient, order_id: str) -> None:
    answer = error_of(client.get(f"/orders/{order_id}/history"))

    assert (answer.status, answer.code) == (404, "order_not_found")


@pytest.mark.parametrize("path", ["/orders/metrics/history", "/orders/a/b/history"])
def test_what_is_no_address_of_an_order_has_no_history(client: FlaskClient, path: str) -> None:
    assert error_of(client.get(path)).code == "not_found"


def test_history_is_only_read(client: FlaskClient) -> None:
    assert error_of(client.post("/orders/ORD003/history")).status == 405
