"""An error says in one sentence what is wrong, with its facts."""

from domain.errors import (
    BatchInProgress,
    ConflictingOrder,
    DuplicateBatch,
    DuplicateOrder,
    IllegalTransition,
    InvalidOrder,
    OrderNotFound,
)
from tests.harness.builders import a_batch


def test_an_error_says_what_is_wrong_with_what() -> None:
    sentences = {
        str(error)
        for error in (
            InvalidOrder("user_id", "must be from 0 to 9"),
            IllegalTransition("A1", "Failed", "Completed", "completed"),
            DuplicateOrder("A1"),
            ConflictingOrder("A1", ["user_id", "total_amount"]),
            DuplicateBatch(a_batch("b7", None)),
            DuplicateBatch(a_batch("b7", 3).filled(entries=1, taken=0)),
            DuplicateBatch(a_batch("b7", 3).filled(entries=3, taken=1)),
            BatchInProgress("b7"),
            OrderNotFound("A1"),
        )
    }

    assert sentences == {
        "user_id: must be from 0 to 9",
        "order A1 is Failed and cannot be completed",
        "order A1 exists already",
        "order A1 exists already, with another user_id and total_amount",
        "batch b7 was used before",
        "batch b7 was used before, for 3 entries, of which 1 are done;"
        " ask for 3 again to finish it",
        "batch b7 was used before, for 3 entries, which are all done",
        "batch b7 is being filled by another request; ask again later",
        "order A1 not found",
    }


def test_an_invalid_order_keeps_the_problem_apart_from_the_field() -> None:
    error = InvalidOrder("user_id", "must be from 0 to 9")

    assert (error.field, error.problem) == ("user_id", "must be from 0 to 9")
