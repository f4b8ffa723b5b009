"""Whatever a client sends, the answer is JSON, no 5xx, and stores nothing that it refuses."""

import json
from typing import Any
from urllib.parse import quote, quote_from_bytes

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from domain.totals import Totals
from entrypoints.http.app import create_http_app
from tests.conftest import World
from tests.harness.builders import an_order
from tests.http.answers import error_of

fuzzed = settings(max_examples=120, deadline=None, derandomize=True)

FEW = 20
anything = st.characters(exclude_categories=())  # lone surrogates, too
text = st.text(anything, max_size=70) | st.sampled_from(
    ["ORD003", "metrics", "message", "a" * 64, "59.99"]
)
# JSON of any shape, except that no integer in it is a long batch to be created
scalars = (
    st.none()
    | st.booleans()
    | st.integers(max_value=FEW)
    | st.integers(min_value=100_001)
    | st.floats()
    | text
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(text, inner, max_size=5),
    max_leaves=20,
)
ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:~-]{0,39}", fullmatch=True)
numbers = st.integers(0, 2**53 - 1)
good_orders = st.fixed_dictionaries(
    {
        "user_id": numbers,
        "order_id": ids,
        "item_ids": st.lists(numbers, min_size=1, max_size=5),
        "total_amount": st.integers(0, 10**12 - 1).map(lambda cents: cents / 100),
    }
)
good_batches = st.fixed_dictionaries(
    {"total_entries": st.integers(1, FEW)}, optional={"batch_id": ids, "seed": numbers}
)


def nearly(good: st.SearchStrategy[dict[str, Any]], *fields: str) -> st.SearchStrategy[Any]:
    """Good bodies, and bodies with anything in a field or two."""
    bad_fields = st.dictionaries(st.sampled_from([*fields, "extra"]), values, max_size=2)
    return good | st.builds(lambda document, bad: document | bad, good, bad_fields)


orders = nearly(good_orders, "user_id", "order_id", "item_ids", "total_amount")
batches = nearly(good_batches, "total_entries", "batch_id", "seed")


def bodies(documents: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    as_json = (values | documents).map(lambda value: json.dumps(value).encode())
    return st.binary(max_size=200) | as_json


@pytest.fixture(scope="module")
def world() -> World:
    """One for all examples: building a service takes longer than a request."""
    return World()


@pytest.fixture(scope="module")
def client(world: World) -> FlaskClient:
    return create_http_app(world.container).test_client()


def in_address(part: str) -> str:
    return quote(part, errors="replace")


def check(response: TestResponse, success: int) -> None:
    if response.status_code != success:
        assert error_of(response).status < 500
    assert isinstance(response.get_json(), dict)


def post(client: FlaskClient, path: str, sent: bytes) -> TestResponse:
    return client.post(path, data=sent, content_type="application/json")


@fuzzed
@given(sent=bodies(orders))
def test_any_body_sent_to_create_is_answered_in_json_and_never_with_a_5xx(
    client: FlaskClient, sent: bytes
) -> None:
    check(post(client, "/orders/", sent), success=201)


@fuzzed
@given(sent=bodies(batches))
def test_any_body_sent_to_populate_is_answered_in_json_and_never_with_a_5xx(
    client: FlaskClient, sent: bytes
) -> None:
    check(post(client, "/orders/populate", sent), success=201)


@fuzzed
@given(sent=bodies(st.lists(orders, max_size=5)))
def test_any_array_of_orders_is_answered_in_json_and_never_with_a_5xx(
    client: FlaskClient, sent: bytes
) -> None:
    check(post(client, "/orders/batch", sent), success=207)


@fuzzed
@given(lines=st.lists(bodies(orders), max_size=5))
def test_any_lines_of_orders_are_answered_in_json_and_never_with_a_5xx(
    client: FlaskClient, lines: list[bytes]
) -> None:
    response = client.post(
        "/orders/batch", data=b"\n".join(lines), content_type="application/x-ndjson"
    )

    check(response, success=207)


@fuzzed
@given(document=orders)
def test_an_order_is_stored_if_and_only_if_it_was_created(
    client: FlaskClient, world: World, document: dict[str, Any]
) -> None:
    before = world.views.totals()

    created = client.post("/orders/", json=document).status_code == 201

    assert world.views.totals() == before + Totals(pending=int(created))


@fuzzed
@given(name=text.map(in_address) | st.binary().map(quote_from_bytes))
def test_any_order_id_asked_for_is_answered_in_json_and_never_with_a_5xx(
    client: FlaskClient, world: World, name: str
) -> None:
    world.repository.add([an_order("ORD003")])

    check(client.get(f"/orders/{name}"), success=200)


@fuzzed
@given(
    query=st.dictionaries(
        st.sampled_from(["limit", "status", "user_id", "created_after", "id_prefix", "cursor"]),
        st.sampled_from(["1", "Pending", "2025-02-21T15:00:17Z"]) | text.map(in_address),
        max_size=3,
    )
)
def test_any_query_of_the_list_is_answered_in_json_and_never_with_a_5xx(
    client: FlaskClient, query: dict[str, str]
) -> None:
    pairs = "&".join(f"{name}={value}" for name, value in query.items())

    check(client.get(f"/orders?{pairs}"), success=200)


@fuzzed
@given(value=st.sampled_from(["true", "false"]) | text.map(in_address))
def test_any_query_of_the_metrics_is_answered_in_json_and_never_with_a_5xx(
    client: FlaskClient, value: str
) -> None:
    check(client.get(f"/orders/metrics?getOrderIds={value}"), success=200)
