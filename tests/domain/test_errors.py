"""What is objected to is said in one sentence, with its facts."""

import pytest

from domain.errors import (
    DuplicateBatch,
    DuplicateOrder,
    IllegalTransition,
    InvalidOrder,
    OrderError,
    OrderNotFound,
)

SENTENCES = {
    "user_id: must be from 0 to 9": InvalidOrder("user_id", "must be from 0 to 9"),
    "order A1 is Failed and cannot become Completed": IllegalTransition(
        "A1", "Failed", "Completed"
    ),
    "order A1 exists already": DuplicateOrder("A1"),
    "batch b7 was used before": DuplicateBatch("b7"),
    "order A1 not found": OrderNotFound("A1"),
}


@pytest.mark.parametrize(("sentence", "error"), SENTENCES.items())
def test_an_error_says_what_is_wrong_with_what(sentence: str, error: OrderError) -> None:
    assert str(error) == sentence


def test_an_invalid_order_keeps_the_problem_apart_from_the_field() -> None:
    error = InvalidOrder("user_id", "must be from 0 to 9")

    assert (error.field, error.problem) == ("user_id", "must be from 0 to 9")
