"""Idempotency-Key: what is sent again is answered again, and done once."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from dependency_injector.providers import Object
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from adapters.memory.batches import InMemoryBatchRepository
from adapters.memory.orders import InMemoryOrderRepository
from application.ports import Once, RepositoryUnavailable
from domain.batch import Batch
from domain.order import Order
from entrypoints.http.app import create_http_app
from entrypoints.http.orders import batch
from entrypoints.http.orders.new_order import NewOrderSchema
from tests.conftest import World
from tests.harness.builders import order_body
from tests.http.answers import error_of

KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}


def create(client: FlaskClient, order_id: str = "ORD003", **more: object) -> TestResponse:
    return client.post("/orders/", json=order_body(order_id) | more, headers=KEY)


def is_replayed(response: TestResponse) -> bool:
    return response.headers.get("Idempotency-Replayed") == "true"


def test_a_create_that_is_sent_again_is_answered_as_before(
    client: FlaskClient, world: World
) -> None:
    first = create(client)
    world.work()

    again = create(client)

    assert (first.status_code, is_replayed(first)) == (201, False)
    assert (again.status_code, is_replayed(again)) == (201, True)
    assert (again.data, again.headers["Location"]) == (first.data, first.headers["Location"])
    assert world.views.totals().order_count == 1


@pytest.mark.parametrize("word", ["cancel", "hold"])
def test_a_change_that_is_sent_again_is_answered_as_before(
    client: FlaskClient, world: World, word: str
) -> None:
    client.post("/orders/", json=order_body())
    first = client.post(f"/orders/ORD003/{word}", headers=KEY)
    client.post("/orders/ORD003/release")
    again = client.post(f"/orders/ORD003/{word}", headers=KEY)

    assert (first.status_code, is_replayed(first)) == (200, False)
    assert (again.status_code, is_replayed(again)) == (200, True)
    assert (again.data, again.headers["ETag"]) == (first.data, first.headers["ETag"])


@pytest.mark.parametrize(
    ("word", "otherwise"), [("hold", "release"), ("release", "hold"), ("cancel", "retry")]
)
def test_what_was_so_already_is_answered_as_before_and_not_done_later(
    client: FlaskClient, word: str, otherwise: str
) -> None:
    client.post("/orders/", json=order_body())
    client.post(f"/orders/ORD003/{word}")
    first = client.post(f"/orders/ORD003/{word}", headers=KEY)
    client.post(f"/orders/ORD003/{otherwise}")
    before = client.get("/orders/ORD003").headers["ETag"]

    again = client.post(f"/orders/ORD003/{word}", headers=KEY)

    assert (is_replayed(again), again.data) == (True, first.data)
    assert client.get("/orders/ORD003").headers["ETag"] == before


def test_the_same_body_may_be_written_otherwise(client: FlaskClient) -> None:
    create(client)
    text = ' {"total_amount": 59.990, "user_id":1,"item_ids":[101,102,103], "order_id":"ORD003"}\n'

    again = client.post("/orders", data=text, content_type="application/json", headers=KEY)

    assert is_replayed(again)


def test_another_body_is_refused_and_changes_nothing(client: FlaskClient, world: World) -> None:
    create(client)

    error = error_of(create(client, "ORD004"))

    assert (error.status, error.code) == (422, "idempotency_key_reused")
    assert world.views.totals().order_count == 1


def test_a_key_is_good_for_one_address(client: FlaskClient) -> None:
    create(client)

    cancelled = client.post("/orders/ORD003/cancel", headers=KEY)

    assert cancelled.get_json()["status"] == "Cancelled"


def test_what_was_refused_is_tried_again(client: FlaskClient) -> None:
    refused = create(client, total_amount=-1)

    assert refused.status_code == 400
    assert create(client).status_code == 201


def test_what_could_not_be_stored_is_tried_again() -> None:
    class Away(InMemoryOrderRepository):
        times = 1

        def add(self, orders: Sequence[Order], once: Once | None = None) -> list[str]:
            if self.times:
                self.times -= 1
                raise RepositoryUnavailable("away")
            return super().add(orders, once)

    world = World()
    world.share(Away())
    client = create_http_app(world.container).test_client()

    assert create(client).status_code == 503
    assert not is_replayed(create(client))
    assert is_replayed(create(client))


def test_a_key_is_forgotten_after_a_day(client: FlaskClient, world: World) -> None:
    create(client)
    world.clock.advance(seconds=timedelta(hours=24).total_seconds())
    world.container.forget_answers()()
    assert is_replayed(create(client))

    world.clock.advance(seconds=1)
    world.container.forget_answers()()

    assert error_of(create(client)).code == "duplicate_order"


def test_many_orders_at_once_are_created_once(client: FlaskClient, world: World) -> None:
    sent = [order_body("a"), order_body("b"), order_body("a"), {"order_id": "bad"}]
    first = client.post("/orders/batch", json=sent, headers=KEY)

    again = client.post("/orders/batch", json=sent, headers=KEY)

    assert [result["status"] for result in first.get_json()["results"]] == [201, 201, 400, 400]
    assert (again.status_code, is_replayed(again), again.data) == (207, True, first.data)
    assert world.views.totals().order_count == 2


def test_orders_are_checked_before_others_have_to_wait_for_the_writer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class WritingRepository(InMemoryOrderRepository):
        is_writing = False

        def add(self, orders: Sequence[Order], once: Once | None = None) -> list[str]:
            self.is_writing = True
            taken = super().add(orders, once)
            self.is_writing = False
            return taken

    class WatchedSchema(NewOrderSchema):
        def validate(self, data: Any, **options: Any) -> Any:
            assert not repository.is_writing
            return super().validate(data, **options)

    repository = WritingRepository()
    world.share(repository)
    monkeypatch.setattr(batch, "NewOrderSchema", WatchedSchema)
    client = create_http_app(world.container).test_client()
    sent = [order_body("A"), order_body("B") | {"user_id": -1, "total_amount": -1}]

    response = client.post("/orders/batch", json=sent, headers=KEY)

    (created, refused) = response.get_json()["results"]
    assert (created["status"], refused["status"]) == (201, 400)
    assert refused["details"].keys() == {"user_id", "total_amount"}


@pytest.mark.parametrize("body", [{"total_entries": 700}, {"total_entries": 3, "batch_id": "b"}])
def test_a_batch_of_simulated_orders_is_created_once(
    client: FlaskClient, world: World, body: dict[str, object]
) -> None:
    first = client.post("/orders/populate", json=body, headers=KEY)

    again = client.post("/orders/populate", json=body, headers=KEY)

    assert (first.status_code, is_replayed(first)) == (201, False)
    assert (again.status_code, is_replayed(again), again.data) == (201, True, first.data)
    assert again.headers["Location"] == first.headers["Location"]
    assert world.views.totals().order_count == body["total_entries"]


def test_a_batch_that_was_cut_short_is_finished_by_the_same_request(world: World) -> None:
    class CutShort(InMemoryBatchRepository):
        fills = 0

        def fill(
            self, batch: Batch, orders: Sequence[Order], once: Once | None = None
        ) -> list[str] | None:
            self.fills += 1
            if self.fills == 2:
                raise RepositoryUnavailable("away")
            return super().fill(batch, orders, once)

    world.container.batches.override(Object(CutShort(world.repository.database)))
    client = create_http_app(world.container).test_client()

    first = client.post("/orders/populate", json={"total_entries": 700}, headers=KEY)
    again = client.post("/orders/populate", json={"total_entries": 700}, headers=KEY)

    assert (first.status_code, again.status_code) == (503, 201)
    assert world.views.totals().order_count == again.get_json()["success_count"] == 700


def test_a_pause_that_is_sent_again_after_a_resume_pauses_nothing(
    client: FlaskClient, world: World
) -> None:
    first = client.post("/flow/pause", headers=KEY)
    client.post("/flow/resume", headers=KEY)

    again = client.post("/flow/pause", headers=KEY)

    assert (again.status_code, is_replayed(again), again.data) == (200, True, first.data)
    assert client.get("/flow").get_json()["paused"] is False
    assert is_replayed(client.post("/flow/resume", headers=KEY))
