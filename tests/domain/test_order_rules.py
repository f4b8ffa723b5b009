"""What the values of an order must look like: each bad one is refused, each edge is taken."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from domain.errors import InvalidOrder
from domain.rules import MAX_AMOUNT, RESERVED_IDS, check_batch_id
from tests.harness.builders import an_order

MAX_NUMBER = 9_007_199_254_740_991

BAD_IDS = ["", "A" * 65, "-A", ".A", "_A", "A B", "A/B", "A\n", "Ä1", "A%", "\u0661"]
GOOD_IDS = ["0", "A" * 64, "a.b_c:d~e-f", "Metrics", "metrics1"]

BAD: list[tuple[str, Any]] = [
    *[("order_id", order_id) for order_id in BAD_IDS],
    *[("order_id", word) for word in sorted(RESERVED_IDS)],
    ("user_id", -1),
    ("user_id", MAX_NUMBER + 1),
    ("item_ids", ()),
    ("item_ids", (1,) * 1_001),
    ("item_ids", (1, -1)),
    ("item_ids", (1, MAX_NUMBER + 1)),
    ("total_amount", Decimal("-0.01")),
    ("total_amount", Decimal("10000000000.00")),
    ("total_amount", Decimal("1E+999999")),
    ("total_amount", Decimal("59.999")),
    ("total_amount", Decimal("1E-999999")),
    ("total_amount", Decimal("Infinity")),
    ("total_amount", Decimal("NaN")),
    ("total_amount", Decimal("sNaN")),
]
GOOD: list[Mapping[str, Any]] = [
    *[{"order_id": order_id} for order_id in GOOD_IDS],
    {"user_id": 0},
    {"user_id": MAX_NUMBER},
    {"item_ids": (0,)},
    {"item_ids": (MAX_NUMBER,) * 1_000},
    {"item_ids": (7, 7)},
    {"total_amount": Decimal(0)},
    {"total_amount": Decimal("9999999999.99")},
    {"total_amount": Decimal("5E+3")},
    {"total_amount": Decimal("59.990")},
]


@pytest.mark.parametrize(("field", "value"), BAD)
def test_a_bad_value_is_refused_by_the_name_of_its_field(field: str, value: Any) -> None:
    with pytest.raises(InvalidOrder) as refusal:
        an_order(**{field: value})

    assert refusal.value.field == field


@pytest.mark.parametrize("values", GOOD)
def test_a_value_at_the_edge_is_taken_as_it_is(values: Mapping[str, Any]) -> None:
    order = an_order(**values)

    assert {name: getattr(order, name) for name in values} == values


def test_a_refusal_says_in_one_line_what_is_allowed() -> None:
    id_problem = "of A-Z a-z 0-9 . _ : ~ - and start with a letter or a digit"
    refusals: dict[str, dict[str, Any]] = {
        f"order_id: must be 1 to 64 {id_problem}": {"order_id": "A B"},
        "order_id: 'batch' is reserved; choose another id": {"order_id": "batch"},
        "user_id: must be from 0 to 9007199254740991": {"user_id": -1},
        "item_ids: 0 items; an order has 1 to 1000": {"item_ids": ()},
        "item_ids: must be from 0 to 9007199254740991": {"item_ids": (-1,)},
        "total_amount: must be from 0 to 9999999999.99": {"total_amount": Decimal(-1)},
        "total_amount: must have at most 2 decimals": {"total_amount": Decimal("0.001")},
    }

    for sentence, values in refusals.items():
        with pytest.raises(InvalidOrder) as refusal:
            an_order(**values)
        assert str(refusal.value) == sentence


def test_every_word_with_a_meaning_under_orders_is_reserved() -> None:
    words = {"metrics", "populate", "batch", "events", "retry", "import", "export"}

    assert words <= RESERVED_IDS


@pytest.mark.parametrize("amount", ["60", "6E1", "60.0", "60." + "0" * 1_000])
def test_an_amount_is_kept_with_two_decimals(amount: str) -> None:
    assert str(an_order(total_amount=Decimal(amount)).total_amount) == "60.00"


def test_the_largest_amount_is_that_of_ten_digits_and_two_decimals() -> None:
    assert Decimal("9999999999.99") == MAX_AMOUNT


@pytest.mark.parametrize("batch_id", ["", "A" * 41, "-A", "A B", "A\n"])
def test_a_bad_batch_id_is_refused_by_the_name_of_its_field(batch_id: str) -> None:
    with pytest.raises(InvalidOrder) as refusal:
        check_batch_id(batch_id)

    assert refusal.value.field == "batch_id"


@pytest.mark.parametrize("batch_id", ["7", "A" * 40, "metrics"])
def test_a_batch_id_at_the_edge_is_taken(batch_id: str) -> None:
    check_batch_id(batch_id)
