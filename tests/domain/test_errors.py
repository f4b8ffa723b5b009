"""What is objected to is said in one sentence, with its facts."""

from domain.errors import (
    DuplicateBatch,
    DuplicateOrder,
    IllegalTransition,
    InvalidOrder,
    OrderNotFound,
)


def test_an_error_says_what_is_wrong_with_what() -> None:
    sentences = {
        str(error)
        for error in (
            InvalidOrder("user_id", "must be from 0 to 9"),
            IllegalTransition("A1", "Failed", "Completed"),
            DuplicateOrder("A1"),
            DuplicateBatch("b7"),
            OrderNotFound("A1"),
        )
    }

    assert sentences == {
        "user_id: must be from 0 to 9",
        "order A1 is Failed and cannot become Completed",
        "order A1 exists already",
        "batch b7 was used before",
        "order A1 not found",
    }


def test_an_invalid_order_keeps_the_problem_apart_from_the_field() -> None:
    error = InvalidOrder("user_id", "must be from 0 to 9")

    assert (error.field, error.problem) == ("user_id", "must be from 0 to 9")
