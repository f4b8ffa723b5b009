"""What is answered when the database is away, and when something unforeseen happens."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from dependency_injector.providers import Object
from flask.testing import FlaskClient

from adapters.memory.batches import InMemoryBatchRepository
from adapters.memory.database import InMemoryDatabase
from adapters.memory.orders import InMemoryOrderRepository
from adapters.memory.views import InMemoryOrderViews
from application.ports import Once, OutcomeUnknown, RepositoryUnavailable
from domain.batch import Batch
from domain.errors import IllegalTransition, InvalidOrder
from domain.order import Order
from domain.totals import Totals
from tests.conftest import World
from tests.harness.builders import an_order
from tests.http.answers import error_of
from tests.http.bodies import BATCH, ORDER, body

SECRET = "postgresql://orders:hunter2@db"

every_route = pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("POST", "/orders/", body(ORDER)),
        ("POST", "/orders/populate", body(BATCH)),
        ("POST", "/orders/populate", body(BATCH, batch_id=None)),
        ("POST", "/orders/batch", f"[{body(ORDER)}]"),
        ("GET", "/orders/ORD003", None),
        ("GET", "/orders/metrics", None),
        ("GET", "/orders/metrics?getOrderIds=true", None),
    ],
)


class Fault:
    """What a store raises until it is mended."""

    def __init__(self, error: Exception) -> None:
        self._error: Exception | None = error

    def mend(self) -> None:
        self._error = None

    def strike(self) -> None:
        if self._error is not None:
            raise self._error


class BreakableOrders(InMemoryOrderRepository):
    def __init__(self, database: InMemoryDatabase, fault: Fault) -> None:
        super().__init__(database)
        self._fault = fault

    def add(self, orders: Sequence[Order], once: Once | None = None) -> list[str]:
        self._fault.strike()
        return super().add(orders, once)

    def get(self, order_id: str) -> Order | None:
        self._fault.strike()
        return super().get(order_id)


class BreakableViews(InMemoryOrderViews):
    def __init__(self, database: InMemoryDatabase, fault: Fault) -> None:
        super().__init__(database)
        self._fault = fault

    def totals(self) -> Totals:
        self._fault.strike()
        return super().totals()

    @contextmanager
    def snapshot(self) -> Iterator[Any]:
        self._fault.strike()
        with super().snapshot() as snapshot:
            yield snapshot


class BreakableBatches(InMemoryBatchRepository):
    def __init__(self, database: InMemoryDatabase, fault: Fault) -> None:
        super().__init__(database)
        self._fault = fault

    def claim(self, batch: Batch) -> Batch:
        self._fault.strike()
        return super().claim(batch)


def break_database(world: World, error: Exception) -> Fault:
    """Let every call that a route makes raise the same error."""
    database, fault = world.repository.database, Fault(error)
    world.container.repository.override(Object(BreakableOrders(database, fault)))
    world.container.views.override(Object(BreakableViews(database, fault)))
    world.container.batches.override(Object(BreakableBatches(database, fault)))
    return fault


@every_route
def test_a_database_that_does_not_answer_is_worth_another_try_and_keeps_its_address_to_itself(
    client: FlaskClient, world: World, method: str, path: str, sent: str | None
) -> None:
    break_database(world, RepositoryUnavailable(SECRET))

    response = client.open(path, method=method, data=sent, content_type="application/json")

    answer = error_of(response)
    assert (answer.status, answer.code) == (503, "unavailable")
    assert int(response.headers["Retry-After"]) > 0
    assert "hunter2" not in response.get_data(as_text=True) + str(response.headers)


def test_a_creation_whose_fate_is_unknown_says_so(client: FlaskClient, world: World) -> None:
    break_database(world, OutcomeUnknown(SECRET))

    response = client.post("/orders/", data=body(ORDER), content_type="application/json")

    answer = error_of(response)
    assert (answer.status, answer.code) == (503, "outcome_unknown")
    assert int(response.headers["Retry-After"]) > 0


@every_route
def test_an_unexpected_error_shows_nothing_of_the_inside(
    client: FlaskClient, world: World, method: str, path: str, sent: str | None
) -> None:
    break_database(world, RuntimeError(SECRET))

    response = client.open(path, method=method, data=sent, content_type="application/json")

    answer = error_of(response)
    assert (answer.status, answer.code, answer.details) == (500, "internal_error", {})
    for inside in ("hunter2", "Traceback", "RuntimeError", ".py"):
        assert inside not in response.get_data(as_text=True)


def test_an_unexpected_error_is_logged_with_its_traceback(
    client: FlaskClient, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    break_database(world, RuntimeError("what went wrong"))

    client.get("/orders/ORD003")

    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 1
    assert "RuntimeError: what went wrong" in caplog.text


def test_what_a_client_did_wrong_is_not_logged_as_an_error(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    client.post("/orders/", data="{", content_type="application/json")
    client.get("/orders/ORD404")

    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@every_route
def test_a_request_that_met_a_lost_database_is_answered_once_it_is_back(
    client: FlaskClient, world: World, method: str, path: str, sent: str | None
) -> None:
    fault = break_database(world, RepositoryUnavailable("connection refused"))
    client.open(path, method=method, data=sent, content_type="application/json")
    fault.mend()
    world.repository.add([an_order("OTHER")])

    again = client.open(
        path.replace("ORD003", "OTHER"), method=method, data=sent, content_type="application/json"
    )

    assert again.status_code == (200 if method == "GET" else 207 if "batch" in path else 201)


def test_a_value_that_only_the_domain_objects_to_is_a_bad_request(
    client: FlaskClient, world: World
) -> None:
    break_database(world, InvalidOrder("user_id", "is closed"))

    answer = error_of(client.post("/orders/", data=body(ORDER), content_type="application/json"))

    assert (answer.status, answer.code) == (400, "invalid_request")
    assert answer.details == {"user_id": ["is closed"]}


def test_a_step_that_the_state_forbids_is_a_conflict(client: FlaskClient, world: World) -> None:
    break_database(world, IllegalTransition("ORD003", "Completed", "Cancelled", "cancelled"))

    answer = error_of(client.get("/orders/ORD003"))

    assert (answer.status, answer.code) == (409, "illegal_transition")
    assert answer.details == {"order_id": "ORD003", "status": "Completed", "target": "Cancelled"}
