"""A repeater survives everything, and stops when asked."""

import threading

import pytest

from adapters.clock import ManualClock, SystemClock
from application.ports import RepositoryUnavailable
from entrypoints.lifecycle.repeater import ROUND_SECONDS, Repeater

LIMIT_SECONDS = 10.0


class Action:
    """Fails `failures` times, then succeeds; counts its calls."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.calls = 0
        self.succeeded = threading.Event()

    def __call__(self) -> None:
        self.calls += 1
        if self.calls <= self.failures:
            raise RuntimeError("no luck")
        self.succeeded.set()


def test_an_action_runs_at_once_and_again_when_woken() -> None:
    action, woken = Action(), threading.Event()
    repeater = Repeater("test", action, period_seconds=3600, clock=SystemClock(), woken=woken)

    repeater.start()
    assert action.succeeded.wait(LIMIT_SECONDS)
    action.succeeded.clear()
    woken.set()

    assert action.succeeded.wait(LIMIT_SECONDS)
    repeater.stop(LIMIT_SECONDS)


def test_no_exception_ends_it_and_the_log_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    action = Action(failures=3)
    repeater = Repeater("test", action, period_seconds=0.001, clock=SystemClock())

    repeater.start()

    assert action.succeeded.wait(LIMIT_SECONDS)
    repeater.stop(LIMIT_SECONDS)
    assert [record.message for record in caplog.records] == [
        "the test failed; trying again",
        "the test works again after 3 failures",
    ]


def test_it_stops_in_the_middle_of_a_long_pause() -> None:
    action = Action()
    repeater = Repeater("test", action, period_seconds=3600, clock=SystemClock())
    repeater.start()
    assert action.succeeded.wait(LIMIT_SECONDS)

    repeater.stop(LIMIT_SECONDS)

    assert not any(thread.name == "test" for thread in threading.enumerate())


def test_it_has_a_problem_until_a_round_has_ended_and_when_none_has_for_too_long() -> None:
    action, clock = Action(), ManualClock()
    repeater = Repeater("test", action, period_seconds=3600, clock=clock)
    patience_seconds = ROUND_SECONDS + 2 * 3600
    assert repeater.problem() == "the test has not completed its first round yet"
    repeater.start()
    assert action.succeeded.wait(LIMIT_SECONDS)
    repeater.stop(LIMIT_SECONDS)

    clock.advance(seconds=patience_seconds)
    assert repeater.problem() is None
    clock.advance(seconds=0.1)
    assert repeater.problem() == "the test has not completed a round for 7205 s"


def test_a_round_that_failed_is_a_problem_at_once_and_a_store_that_is_away_no_second_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    failed, woken = threading.Event(), threading.Event()
    failures = [RepositoryUnavailable("connection refused")]

    def fail_at_first() -> None:
        if failures:
            failed.set()
            raise failures.pop()
        succeeded.set()

    succeeded = threading.Event()
    repeater = Repeater("test", fail_at_first, 3600, SystemClock(), woken)
    repeater.start()
    assert failed.wait(LIMIT_SECONDS)
    while repeater.problem() != "the test failed: connection refused":
        threading.Event().wait(0.001)

    woken.set()
    assert succeeded.wait(LIMIT_SECONDS)
    repeater.stop(LIMIT_SECONDS)
    assert repeater.problem() is None
    assert caplog.records == []  # the store reports itself
