"""Totals: counts by status and sums of durations, as differences that add up."""

from datetime import timedelta

import pytest

from domain.order import Order
from domain.totals import Totals
from domain.transitions import OrderStatus
from tests.harness.builders import LEASE, START, an_order


def at(seconds: float) -> Order:
    """An order created at START, and started `seconds` later."""
    return an_order().start(START + timedelta(seconds=seconds), LEASE, "worker-1").new


def completed(start_seconds: float, end_seconds: float) -> Order:
    return at(start_seconds).complete(START + timedelta(seconds=end_seconds)).new


def test_a_count_from_zero_finds_each_order_in_its_status() -> None:
    orders = [
        an_order(),
        at(1),
        at(1),
        at(1).fail(START, "no stock", None).new,
        an_order().cancel(START).new,
        completed(2, 5),
    ]

    assert Totals.of((None, order) for order in orders) == Totals(
        pending=1,
        processing=2,
        completed=1,
        failed=1,
        cancelled=1,
        processing_us=3_000_000,
        total_us=5_000_000,
    )


def test_a_step_takes_an_order_from_one_status_to_another() -> None:
    waiting = an_order()

    assert Totals.of([(waiting, waiting.cancel(START).new)]) == Totals(pending=-1, cancelled=1)


def test_a_completion_adds_its_durations_to_the_microsecond() -> None:
    started = at(1)

    difference = Totals.of(
        [(started, started.complete(START + timedelta(microseconds=1_000_001)).new)]
    )

    assert difference == Totals(processing=-1, completed=1, processing_us=1, total_us=1_000_001)
    assert {type(count) for count in difference.values()} == {int}  # which no sum makes inexact


@pytest.mark.parametrize("retry_in", [None, timedelta(0)])
def test_a_failed_attempt_adds_no_duration(retry_in: timedelta | None) -> None:
    started = at(1)

    difference = Totals.of([(started, started.fail(START, "no stock", retry_in).new)])

    assert (difference.processing_us, difference.total_us) == (0, 0)


def test_nothing_makes_no_difference() -> None:
    assert Totals.of([]) == Totals()


def test_sums_add_field_by_field() -> None:
    one = Totals(1, 2, 3, 4, 5, 6, 7)
    other = Totals(10, 20, 30, 40, 50, 60, -70)

    assert one + other == Totals(11, 22, 33, 44, 55, 66, -63)


@pytest.mark.parametrize(("status", "expected"), [*zip(OrderStatus, (1, 2, 3, 4, 5), strict=True)])
def test_a_status_has_its_own_count(status: OrderStatus, expected: int) -> None:
    assert Totals(1, 2, 3, 4, 5, 6, 7).count(status) == expected


def test_orders_are_counted_in_whatever_status() -> None:
    assert Totals(1, 2, 4, 8, 16, 100, 100).order_count == 31


def test_averages_are_those_of_the_completed_orders() -> None:
    totals = Totals.of((None, order) for order in (completed(1, 2), completed(3, 7), an_order()))

    averages = totals.average_processing_seconds, totals.average_total_seconds
    assert averages == (2.5, 4.5)


def test_averages_are_zero_while_nothing_has_completed() -> None:
    totals = Totals(pending=3, failed=1)

    assert (totals.average_processing_seconds, totals.average_total_seconds) == (0, 0)


def test_an_average_is_rounded_to_the_microsecond() -> None:
    assert Totals(completed=3, processing_us=20).average_processing_seconds == 0.000007
