"""`cancel`, `retry`, `hold` and `release` on the command line."""

from pathlib import Path

import pytest

from tests.harness.contents import rows
from tests.harness.processes import run_main


@pytest.fixture(autouse=True)
def _an_order(tmp_path: Path) -> None:
    assert run_main(tmp_path, "populate", "1", "--batch-id", "b").returncode == 0


@pytest.mark.usefixtures("fresh_processes")
def test_an_operator_cancels_an_order_and_the_history_says_who_and_why(tmp_path: Path) -> None:
    result = run_main(tmp_path, "cancel", "sim_b_1", "--reason", "asked for by phone")

    assert (result.returncode, result.stdout) == (0, "Order sim_b_1 is Cancelled.\n")
    ((actor, reason),) = rows(
        tmp_path, "SELECT actor, reason FROM order_events WHERE kind = 'cancelled'"
    )
    assert actor.startswith("operator")
    assert reason == "asked for by phone"


def test_an_order_is_held_and_released(tmp_path: Path) -> None:
    held = run_main(tmp_path, "hold", "sim_b_1")
    released = run_main(tmp_path, "release", "sim_b_1")

    assert held.stdout == "Order sim_b_1 is Pending, held.\n"
    assert released.stdout == "Order sim_b_1 is Pending.\n"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["retry", "sim_b_1"], "order sim_b_1 is Pending and cannot be retried"),
        (["cancel", "unknown"], "order unknown not found"),
        (["hold", "sim_b_1", "--reason", ""], "reason: 0 characters; a reason has 1 to 500"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    tmp_path: Path, arguments: list[str], problem: str
) -> None:
    result = run_main(tmp_path, *arguments)

    assert (result.returncode, result.stderr) == (2, f"error: {problem}\n")


def test_failed_orders_are_retried_in_bulk(tmp_path: Path) -> None:
    rows(tmp_path, "UPDATE orders SET status = 'Failed', due_at = NULL")
    rows(tmp_path, "UPDATE order_counters SET pending = 0, failed = 1")

    result = run_main(tmp_path, "retry-failed", "--created-after", "2020-01-01T00:00:00Z")

    assert result.returncode == 0
    assert "1 orders are Pending again." in result.stdout
    assert rows(tmp_path, "SELECT status FROM orders") == [("Pending",)]


def test_a_time_without_its_offset_is_refused(tmp_path: Path) -> None:
    result = run_main(tmp_path, "retry-failed", "--created-before", "2020-01-01")

    assert result.returncode == 2
    assert "'2020-01-01' is no time with its offset" in result.stderr
