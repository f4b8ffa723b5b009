"""GET /orders: pages, filters, cursors, and what is refused."""

import re
from typing import Any
from urllib.parse import quote, urljoin

import pytest
from flask.testing import FlaskClient

from entrypoints.http.app import create_http_app
from tests.application.stories import stored
from tests.conftest import World
from tests.harness.builders import order_body
from tests.http.answers import error_of

NAMES = ["A1", "A2", "B1", "B2", "B3"]


@pytest.fixture
def five(client: FlaskClient, world: World) -> FlaskClient:
    """Five orders, a second apart: the first is Cancelled, and every second one of user 2."""
    for number, name in enumerate(NAMES):
        client.post("/orders/", json=order_body(name) | {"user_id": 1 + number % 2})
        world.clock.advance(seconds=1)
    world.repository.update([stored(world, "A1").cancel(world.clock.now())])
    return client


def ids(answer: Any) -> list[str]:
    return [order["order_id"] for order in answer["orders"]]


def test_the_list_has_the_documents_of_the_orders(five: FlaskClient) -> None:
    answer = five.get("/orders").get_json()

    assert answer == {
        "orders": [five.get(f"/orders/{name}").get_json() for name in reversed(NAMES)],
        "next_cursor": None,
    }


def test_without_orders_the_list_is_empty(client: FlaskClient) -> None:
    response = client.get("/orders/")

    assert response.json == {"orders": [], "next_cursor": None}
    assert "Link" not in response.headers


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("order=newest", ["B3", "B2", "B1", "A2", "A1"]),
        ("order=oldest", NAMES),
        ("status=Cancelled", ["A1"]),
        ("status=Completed", []),
        ("user_id=2", ["B2", "A2"]),
        ("user_id=2&order=oldest&limit=200", ["A2", "B2"]),
        ("user_id=9007199254740991", []),
        ("id_prefix=A", ["A2", "A1"]),
        ("id_prefix=a", []),
        ("id_prefix=B&user_id=1&status=Pending", ["B3", "B1"]),
        ("created_after=2025-02-21T15:00:19Z", ["B3", "B2"]),
        ("created_before=2025-02-21T15:00:19Z", ["A2", "A1"]),
        ("created_after=2025-02-21T16:00:19.000000%2B01:00", ["B3", "B2"]),
        ("created_after=2025-02-21T16:00:19+01:00", ["B3", "B2"]),
        ("created_after=2025-02-21t14:00:18.999999-01:00", ["B3", "B2", "B1"]),
        ("created_after=2025-02-21T15:00:17Z&created_before=2025-02-21T15:00:19Z", ["A2"]),
    ],
)
def test_filters_choose_and_order_sorts(five: FlaskClient, query: str, found: list[str]) -> None:
    assert ids(five.get(f"/orders?{query}").get_json()) == found


@pytest.mark.parametrize("path", ["/orders", "/orders/"])
@pytest.mark.parametrize(
    "query", ["", "&order=oldest", "&created_before=2025-02-21T15:00:21+00:00"]
)
def test_the_link_leads_from_page_to_page(five: FlaskClient, path: str, query: str) -> None:
    address, found = f"{path}?limit=2{query}", []
    while True:
        response = five.get(address)
        found += ids(response.get_json())
        link = response.headers.get("Link")
        assert (link is None) == (response.get_json()["next_cursor"] is None)
        if link is None:
            break
        target = re.fullmatch(r'<([^>]*)>; rel="next"', link)
        assert target
        address = urljoin(f"http://host/shop{address}", target[1]).removeprefix("http://host/shop")

    assert found == ids(five.get(f"/orders?{query[1:]}").get_json())
    assert len(found) >= 4


def test_the_limit_may_change_from_page_to_page(five: FlaskClient) -> None:
    first = five.get("/orders?limit=1").get_json()

    rest = five.get(f"/orders?limit=10&cursor={first['next_cursor']}").get_json()

    assert ids(first) + ids(rest) == NAMES[::-1]


def test_a_cursor_is_taken_by_every_process_on_the_store(five: FlaskClient, world: World) -> None:
    cursor = five.get("/orders?limit=3").get_json()["next_cursor"]
    world.container.list_orders.reset()
    other = create_http_app(world.container).test_client()

    assert ids(other.get(f"/orders?cursor={cursor}").get_json()) == ["A2", "A1"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        *((f"limit={bad}", "limit") for bad in ("0", "201", "-1", "1.0", "x", "", "1_0", "%201")),
        *((f"limit={bad}", "limit") for bad in ("9" * 5000, "%D9%A1", "+5", "%00")),
        *((f"status={bad}", "status") for bad in ("", "failed", "Gone", "%ff")),
        *((f"user_id={bad}", "user_id") for bad in ("", "-1", "9007199254740992", "1e3", "a")),
        *((f"order={bad}", "order") for bad in ("", "asc", "NEWEST")),
        *(
            (f"id_prefix={bad}", "id_prefix")
            for bad in ("", "-", "a%25", "a" * 65, "%C3%A9", "a%0a")
        ),
        *((f"created_after={bad}", "created_after") for bad in ("", "2025-02-21", "1740150017")),
        ("created_after=2025-02-21T15:00:17", "created_after"),
        ("created_after=2025-02-30T15:00:17Z", "created_after"),
        ("created_after=0001-01-01T00:00:00%2B23:59", "created_after"),
        ("created_before=2025-02-21T25:00:17Z", "created_before"),
        ("created_before=2025-02-21T15:00:17%2B99:00", "created_before"),
        ("created_before=20250221T150017Z", "created_before"),
        ("limit=5&limit=6", "limit"),
        ("state=Failed", "state"),
        ("Status=Failed", "Status"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(
    five: FlaskClient, query: str, parameter: str
) -> None:
    answer = error_of(five.get(f"/orders?{query}"))

    assert (answer.status, answer.code) == (400, "invalid_request")
    assert answer.names(parameter)


@pytest.mark.parametrize(
    "other",
    [
        "order=oldest",
        "status=Pending",
        "user_id=1",
        "id_prefix=B",
        "created_after=2025-01-01T00:00:00Z",
    ],
)
def test_a_cursor_of_another_list_is_refused(five: FlaskClient, other: str) -> None:
    cursor = five.get("/orders?limit=1").get_json()["next_cursor"]

    answer = error_of(five.get(f"/orders?{other}&cursor={cursor}"))

    assert (answer.status, answer.code) == (400, "invalid_cursor")
    assert answer.names("cursor")


def test_a_cursor_that_was_changed_anywhere_is_refused(five: FlaskClient) -> None:
    cursor = five.get("/orders?limit=1").get_json()["next_cursor"]
    changed = {
        cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :]
        for at in range(len(cursor))
    }
    changed |= {cursor[:-1], cursor[1:], cursor + "A", cursor + "=", f" {cursor}", cursor * 2}
    changed |= {"", "x", "é", "\0", "%", "A" * 40, "A" * 5000}

    codes = {error_of(five.get(f"/orders?cursor={quote(text)}")).code for text in changed}

    assert codes == {"invalid_cursor"}


def test_a_cursor_of_another_store_is_refused(five: FlaskClient) -> None:
    other = create_http_app(World().container).test_client()
    cursor = five.get("/orders?limit=1").get_json()["next_cursor"]

    assert error_of(other.get(f"/orders?cursor={cursor}")).code == "invalid_cursor"
