"""A field that is missing, unknown or wrong is refused by name, and nothing is stored."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from domain.totals import Totals
from tests.conftest import World
from tests.http.answers import error_of
from tests.http.bodies import BATCH, ORDER, body

NOT_INTEGERS = (
    *("null", "true", "false", '"12"', '""', "[1]", "{}"),
    *("1.9", "1.0", "1e2", "1e400", "1E-400"),
    *("-1", str(2**53), str(2**63), "9" * 4_000, "-" + "9" * 4_000),
)
NOT_STRINGS = ("1", "1.5", "true", '["A"]', '{"id": "A"}')
NOT_IDS = (
    *('""', '"."', '".a"', '"-a"', '"_a"', '"a/b"', '"a b"', '" a"', '"a "'),
    *('"a\\n"', '"a\\r"', '"a\\tb"', '"a\\u0000"', '"\\u0000"', '"a%2Fb"', '"a,b"', '"a;b"'),
    *('"\\ud800"', '"a\\udfff"', '"Ä"', '"ORDÉ"', '"\\u0663"', '"\\uff21"', '"a\\u200b"'),
)
RESERVED = ("metrics", "populate", "batch", "events", "retry", "import", "export")
NOT_AMOUNTS = (
    *("null", "true", "false", '"59.99"', '""', "[59.99]", "{}"),
    *("-1", "-0.01", "-1E+1000000", "0.001", "59.999", "1.001", "1E-1000000", "-1E-1000000"),
    *("10000000000", "10000000000.00", "9999999999.991", "1E+10", "1E+1000000", "1e400"),
    *(str(2**63), "9" * 4_000, "0." + "9" * 5_000),
)
NOT_MOMENTS = (
    *("1", "true", "[]", "{}", '""', '"tomorrow"', '"2025-02-21"', '"2025-02-21T15:00:17"'),
    *('"2025-02-30T15:00:17Z"', '"2025-02-21T25:00:17Z"', '"2025-02-21T15:00:17+24:00"'),
    *('"0001-01-01T00:00:00+01:00"', '"9999-12-31T23:59:59-01:00"', '"10000-01-01T00:00:00Z"'),
)

BAD_ORDERS = [
    *((field, None) for field in ORDER),
    *(("user_id", text) for text in NOT_INTEGERS),
    *(("item_ids", f"[{text}]") for text in NOT_INTEGERS),
    *(("item_ids", text) for text in ("null", "101", "true", '"101,102"', '{"0": 101}', "[]")),
    *(("item_ids", text) for text in ("[101, null]", f"[{'1, ' * 1_000}1]")),
    *(("total_amount", text) for text in NOT_AMOUNTS),
    *(("not_before", text) for text in NOT_MOMENTS),
    *(("order_id", text) for text in ("null", *NOT_STRINGS, *NOT_IDS, f'"{"a" * 65}"')),
    *(("order_id", f'"{word}"') for word in RESERVED),
]
BAD_BATCHES = [
    ("total_entries", None),
    *(("total_entries", text) for text in (*NOT_INTEGERS, "0", "100001")),
    *(("seed", text) for text in NOT_INTEGERS if text != "null"),
    *(("batch_id", text) for text in (*NOT_STRINGS, *NOT_IDS, f'"{"a" * 41}"')),
]
BAD_FIELDS = [
    *(("/orders/", field, body(ORDER, **{field: text})) for field, text in BAD_ORDERS),
    *(("/orders/populate", field, body(BATCH, **{field: text})) for field, text in BAD_BATCHES),
]
UNKNOWN = (
    *("colour", "status", "created_at", "batch_id", "USER_ID", "user_id ", "__proto__"),
    *("message", "self", "details", "code", "error", "_schema", "\ud800", "a\0b", "ключ"),
)
UNKNOWN_FIELDS = [
    *(("/orders/", field, body(ORDER, **{field: "1"})) for field in UNKNOWN),
    ("/orders/populate", "order_id", body(BATCH, order_id='"A"')),
    ("/orders/populate", "message", body(BATCH, message='"A"')),
]


def post(client: FlaskClient, path: str, sent: str) -> Any:
    return client.post(path, data=sent.encode(), content_type="application/json")


@pytest.mark.parametrize(
    ("path", "field", "sent"),
    [*BAD_FIELDS, *UNKNOWN_FIELDS],
    ids=lambda text: ascii(text[-60:])[1:-1],
)
def test_a_bad_field_is_refused_by_name_and_nothing_is_stored(
    client: FlaskClient, world: World, path: str, field: str, sent: str
) -> None:
    answer = error_of(post(client, path, sent))

    assert (answer.status, answer.code) == (400, "invalid_request")
    assert answer.names(field)
    assert world.views.totals() == Totals()


def test_every_bad_field_is_reported(client: FlaskClient) -> None:
    sent = body(ORDER, user_id="true", item_ids="[1, 1.5, null]", total_amount=None, colour="1")

    answer = error_of(post(client, "/orders/", sent))

    assert answer.details.keys() == {"user_id", "item_ids", "total_amount", "colour"}
    assert answer.details["item_ids"].keys() == {"1", "2"}


def test_every_bad_value_of_the_right_type_is_reported(client: FlaskClient) -> None:
    sent = body(ORDER, user_id="-1", order_id='"metrics"', item_ids="[1, -1]", total_amount="0.001")

    answer = error_of(post(client, "/orders/", sent))

    assert answer.details.keys() == {"user_id", "order_id", "item_ids", "total_amount"}
    assert answer.details["item_ids"].keys() == {"1"}


@pytest.mark.parametrize("items", ["-1, " * 50_000 + "1", "[], " * 50_000 + "1"])
def test_the_answer_to_a_huge_list_of_bad_items_is_small(client: FlaskClient, items: str) -> None:
    response = post(client, "/orders/", body(ORDER, item_ids=f"[{items}]"))

    assert error_of(response).names("item_ids")
    assert len(response.get_data()) < 10_000


@pytest.mark.parametrize(
    "unknown",
    [{f"k{number}": "1" for number in range(50_000)}, {"k" * 500_000: "1"}],
    ids=["many", "long"],
)
def test_the_answer_to_huge_unknown_fields_is_small(
    client: FlaskClient, unknown: dict[str, str]
) -> None:
    response = post(client, "/orders/", body(ORDER, **unknown))

    assert error_of(response).code == "invalid_request"
    assert len(response.get_data()) < 10_000


def test_a_refused_batch_leaves_its_batch_id_unused(client: FlaskClient) -> None:
    post(client, "/orders/populate", body(BATCH, total_entries="0"))

    response = post(client, "/orders/populate", body(BATCH))

    assert response.status_code == 201


@pytest.mark.parametrize("value", ["maybe", "", "2", "yes", "true ", "%ff", "%00"])
def test_get_order_ids_is_true_or_false(client: FlaskClient, value: str) -> None:
    answer = error_of(client.get(f"/orders/metrics?getOrderIds={value}"))

    assert (answer.status, answer.code) == (400, "invalid_request")
    assert answer.names("getOrderIds")
