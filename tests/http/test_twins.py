"""Idempotency-Key: of requests with one key at once, one is done, and all have its answer."""

from collections.abc import Callable, Sequence

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from adapters.memory.orders import InMemoryOrderRepository
from application.ports import Once
from domain.order import Order
from entrypoints.http.app import create_http_app
from tests.conftest import World
from tests.harness.builders import order_body

KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}


def create(client: FlaskClient) -> TestResponse:
    return client.post("/orders/", json=order_body(), headers=KEY)


def is_replayed(response: TestResponse) -> bool:
    return response.headers.get("Idempotency-Replayed") == "true"


def test_a_twin_that_is_faster_gives_the_answer(world: World) -> None:
    client = create_http_app(world.container).test_client()

    class Overtaken(InMemoryOrderRepository):
        """A twin of the first request is stored just before it."""

        is_first = True

        def add(self, orders: Sequence[Order], once: Once | None = None) -> list[str]:
            if self.is_first:
                self.is_first = False
                create(client)
            return super().add(orders, once)

    world.share(Overtaken())

    assert is_replayed(create(client))
    assert world.views.totals().order_count == 1


class Overtaken(InMemoryOrderRepository):
    """`twin` is done before the next read of an order."""

    def __init__(self, twin: Callable[[], object]) -> None:
        super().__init__()
        self._twins = [twin]

    def get(self, order_id: str) -> Order | None:
        while self._twins:
            self._twins.pop()()
        return super().get(order_id)


@pytest.mark.parametrize("word", ["cancel", "hold"])
def test_a_twin_that_is_faster_gives_the_answer_though_the_order_has_changed(
    world: World, word: str
) -> None:
    def send() -> TestResponse:
        return client.post(f"/orders/ORD003/{word}", headers=KEY | {"If-Match": '"1"'})

    client = create_http_app(world.container).test_client()
    world.share(Overtaken(send))
    client.post("/orders/", json=order_body())

    answer = send()

    assert (answer.status_code, is_replayed(answer)) == (200, True)
    assert answer.headers["ETag"] == '"2"'
