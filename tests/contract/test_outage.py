"""Outage: a line when a database goes and one when it is back, however many calls meet it."""

import pytest

from adapters.sql.outage import Outage


def test_an_outage_is_two_lines_and_a_count(caplog: pytest.LogCaptureFixture) -> None:
    outage = Outage("the database", calm_seconds=0)
    outage.succeeded()

    for _ in range(1_000):
        outage.failed(ConnectionError("refused\nby its host"))
    for _ in range(3):
        outage.succeeded()

    assert caplog.messages == [
        "the database cannot be used: refused",
        "the database can be used again, after 0 s and 1000 failed calls",
    ]


def test_one_that_comes_and_goes_is_one_outage(caplog: pytest.LogCaptureFixture) -> None:
    outage = Outage("the database", calm_seconds=3_600)

    for _ in range(10):
        outage.failed(ConnectionError("refused"))
        outage.succeeded()

    assert len(caplog.messages) == 1


def test_the_next_outage_is_reported_again(caplog: pytest.LogCaptureFixture) -> None:
    outage = Outage("the database", calm_seconds=0)

    for _ in range(2):
        outage.failed(ConnectionError("refused"))
        outage.succeeded()

    assert len(caplog.messages) == 4
