"""POST /orders/batch: each order has an outcome of its own, and none harms another."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from adapters.memory.orders import InMemoryOrderRepository
from application.ports import Once
from domain.order import Order
from domain.totals import Totals
from entrypoints.http.app import create_http_app
from entrypoints.http.body import LARGE_AT_ONCE
from tests.conftest import World
from tests.harness.builders import order_body
from tests.http.answers import error_of

NDJSON = "application/x-ndjson"
MOST = 1_000
MEBIBYTE = 1024 * 1024


def post(client: FlaskClient, orders: list[Any]) -> TestResponse:
    return client.post("/orders/batch", json=orders)


def post_lines(client: FlaskClient, text: str | bytes) -> TestResponse:
    return client.post("/orders/batch", data=text, content_type=NDJSON)


def lines(*orders: Any) -> str:
    return "".join(json.dumps(order) + "\n" for order in orders)


def results_of(response: TestResponse) -> list[dict[str, Any]]:
    assert response.status_code == 207
    assert response.mimetype == "application/json"
    results: list[dict[str, Any]] = response.get_json()["results"]
    return results


def statuses(response: TestResponse) -> list[tuple[str | None, int]]:
    return [(result["order_id"], result["status"]) for result in results_of(response)]


def test_an_array_of_orders_is_created(client: FlaskClient) -> None:
    response = post(client, [order_body("A"), order_body("B")])

    assert results_of(response) == [
        {"order_id": "A", "status": 201},
        {"order_id": "B", "status": 201},
    ]
    assert client.get("/orders/B").get_json()["total_amount"] == 59.99


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\n\n", " \n"])
def test_orders_line_by_line_are_created(client: FlaskClient, ending: str) -> None:
    sent = lines(order_body("A"), order_body("B")).replace("\n", ending)

    assert statuses(post_lines(client, sent)) == [("A", 201), ("B", 201)]


def test_the_last_line_needs_no_end(client: FlaskClient) -> None:
    assert statuses(post_lines(client, lines(order_body("A")).rstrip())) == [("A", 201)]


@pytest.mark.parametrize(
    ("bad", "code", "names"),
    [
        (order_body("B") | {"user_id": "1"}, "invalid_request", {"user_id"}),
        (
            order_body("B") | {"user_id": -1, "total_amount": -1},
            "invalid_request",
            {"user_id", "total_amount"},
        ),
        (order_body("B") | {"colour": 1}, "invalid_request", {"colour"}),
        (order_body("B") | {"item_ids": []}, "invalid_request", {"item_ids"}),
        (order_body("A"), "duplicate_order", {"order_id"}),
        (order_body("TAKEN"), "duplicate_order", {"order_id"}),
    ],
    ids=["type", "values", "unknown field", "no items", "twice in the batch", "taken"],
)
@pytest.mark.parametrize("send", [post, lambda client, orders: post_lines(client, lines(*orders))])
def test_a_bad_order_is_refused_as_it_would_be_alone_and_harms_no_other(
    client: FlaskClient, send: Any, bad: dict[str, Any], code: str, names: set[str]
) -> None:
    client.post("/orders/", json=order_body("TAKEN"))

    response = send(client, [order_body("A"), bad, order_body("C")])

    assert statuses(response) == [("A", 201), (bad["order_id"], 400), ("C", 201)]
    refused = results_of(response)[1]
    alone = client.post("/orders/", json=bad).get_json()
    assert (refused["code"], refused["details"].keys()) == (code, names)
    assert {name: refused[name] for name in ("error", "code", "details")} == alone


@pytest.mark.parametrize(
    ("bad", "hint"),
    [
        (b"{", "line 2 is not valid JSON"),
        (b"null", "line 2 must be a JSON object"),
        (b"[]", "line 2 must be a JSON object"),
        (b'{"order_id": "B", "order_id": "B"}', "twice"),
        (b'{"order_id": "\xff"}', "line 2 is not UTF-8"),
        (b"[" * 100_000, "line 2 is nested too deeply"),
        (b'{"user_id": ' + b"9" * 5_000 + b"}", "line 2 has a number with too many digits"),
        (b'{"user_id": NaN}', "NaN"),
    ],
    ids=lambda text: ascii(text[:30]),
)
def test_a_line_that_is_no_object_is_refused_by_its_number_and_harms_no_other(
    client: FlaskClient, bad: bytes, hint: str
) -> None:
    sent = lines(order_body("A")).encode() + bad + b"\n" + lines(order_body("C")).encode()

    response = post_lines(client, sent)

    assert statuses(response) == [("A", 201), (None, 400), ("C", 201)]
    refused = results_of(response)[1]
    assert refused["code"] == "invalid_request"
    assert hint in refused["error"]


@pytest.mark.parametrize("bad", [None, 1, "A", [], [{}], True])
def test_what_is_no_object_in_an_array_harms_no_other(client: FlaskClient, bad: object) -> None:
    response = post(client, [bad, order_body("A")])

    assert statuses(response) == [(None, 400), ("A", 201)]
    assert results_of(response)[0]["error"] == "an order must be a JSON object"


@pytest.mark.parametrize("bad", [1, None, ["A"], {"a": 1}])
def test_an_id_that_is_no_text_is_not_repeated(client: FlaskClient, bad: object) -> None:
    assert statuses(post(client, [order_body() | {"order_id": bad}])) == [(None, 400)]


def test_a_long_id_is_cut_in_the_answer(client: FlaskClient) -> None:
    (result,) = results_of(post(client, [order_body("a" * 5_000)]))

    assert result["order_id"] == "a" * 100 + "…"


@pytest.mark.parametrize("sent", ["{}", "null", "1", '"A"', "[", "[{]", "", '[{"a": 1, "a": 1}]'])
def test_a_body_that_is_no_array_is_refused(client: FlaskClient, sent: str) -> None:
    answer = error_of(client.post("/orders/batch", data=sent, content_type="application/json"))

    assert (answer.status, answer.code) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("sent", "content_type"), [("[]", "application/json"), ("", NDJSON), ("\n \r\n", NDJSON)]
)
def test_a_body_without_orders_is_refused(
    client: FlaskClient, sent: str, content_type: str
) -> None:
    answer = error_of(client.post("/orders/batch", data=sent, content_type=content_type))

    assert (answer.status, answer.code) == (400, "invalid_request")
    assert "at least one order" in answer.error


def test_as_many_orders_as_may_come_at_once_are_created_in_their_order(
    client: FlaskClient, world: World
) -> None:
    names = [f"ORD{number}" for number in range(MOST)]

    response = post(client, [order_body(name) for name in names])

    assert statuses(response) == [(name, 201) for name in names]
    assert world.views.totals() == Totals(pending=MOST)


@pytest.mark.parametrize("kind", ["array", "lines"])
def test_too_many_orders_are_refused_and_nothing_is_stored(
    client: FlaskClient, world: World, kind: str
) -> None:
    orders = [order_body(f"ORD{number}") for number in range(MOST + 1)]

    response = post(client, orders) if kind == "array" else post_lines(client, lines(*orders))

    answer = error_of(response)
    assert (answer.status, answer.code) == (413, "request_entity_too_large")
    assert answer.error == "send at most 1,000 at once"
    assert world.views.totals() == Totals()


@pytest.mark.parametrize("path", ["/orders/batch", "/orders/batch/"])
def test_a_body_of_eight_mebibytes_is_not_too_large(client: FlaskClient, path: str) -> None:
    sent = json.dumps([order_body("A")]).ljust(8 * MEBIBYTE)

    response = client.post(path, data=sent, content_type="application/json")

    assert statuses(response) == [("A", 201)]


@pytest.mark.parametrize("content_type", ["application/json", NDJSON])
def test_a_body_of_over_eight_mebibytes_is_too_large(
    client: FlaskClient, world: World, content_type: str
) -> None:
    sent = json.dumps([order_body("A")]).ljust(8 * MEBIBYTE + 1)

    answer = error_of(client.post("/orders/batch", data=sent, content_type=content_type))

    assert (answer.status, answer.code) == (413, "request_entity_too_large")
    assert world.views.totals() == Totals()


class SendsAnother(InMemoryOrderRepository):
    """While one batch is stored, a client sends the next."""

    def __init__(self, send: Callable[[], TestResponse]) -> None:
        super().__init__()
        self._send = send
        self.answers: list[TestResponse] = []

    def add(self, orders: Sequence[Order], once: Once | None = None) -> list[str]:
        self.answers.append(self._send())
        return super().add(orders, once)


def test_only_so_many_large_bodies_are_in_memory_at_once(world: World) -> None:
    app = create_http_app(world.container)

    def send() -> TestResponse:
        sent = json.dumps([order_body("A")]).ljust(MEBIBYTE + 1)
        return app.test_client().post("/orders/batch", data=sent, content_type="application/json")

    repository = SendsAnother(send)
    world.share(repository)

    first = send()

    refused = error_of(repository.answers[0])
    assert (refused.status, refused.code) == (503, "busy")
    assert [answer.status_code for answer in repository.answers[1:]] == [207] * (LARGE_AT_ONCE - 1)
    assert [first.status_code, send().status_code] == [207, 207]


@pytest.mark.parametrize("content_type", ["", "text/plain", "text/csv", "application/jsonl", "*/*"])
def test_only_json_and_ndjson_are_supported_media_types(
    client: FlaskClient, content_type: str
) -> None:
    sent = json.dumps([order_body("A")])

    answer = error_of(client.post("/orders/batch", data=sent, content_type=content_type))

    assert (answer.status, answer.code) == (415, "unsupported_media_type")
    assert NDJSON in answer.error


def test_the_created_orders_are_processed(client: FlaskClient, world: World) -> None:
    post(client, [order_body("A"), order_body("B")])

    world.work()

    assert world.views.totals().completed == 2
