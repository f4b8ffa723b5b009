"""RequestThreads: probes always run, and requests that cannot run soon are refused."""

import threading
import weakref
from collections.abc import Callable

import pytest

from entrypoints.serving.request_threads import RequestThreads, probe_threads

LIMIT_SECONDS = 10


class Clock:
    """What RequestThreads asks to be called later; the test decides when that is."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._jobs: list[Callable[[], object]] = []

    def now(self) -> float:
        return self.seconds

    def later(self, seconds: float, job: Callable[[], object]) -> None:
        self._jobs.append(job)

    def pass_by(self) -> None:
        """All the time that anybody waits for."""
        while self._jobs:
            self._jobs.pop()()


class Work:
    """A job that runs until the test lets it go; counts how often it was run, and refused."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.let_go = threading.Event()
        self.ended = threading.Event()
        self.runs = self.refusals = 0

    def run(self) -> None:
        self.runs += 1
        self.began.set()
        assert self.let_go.wait(LIMIT_SECONDS)
        self.ended.set()

    def refuse(self) -> None:
        self.refusals += 1

    def wait_until_it_runs(self) -> "Work":
        assert self.began.wait(LIMIT_SECONDS)
        return self

    def end(self) -> None:
        self.let_go.set()
        assert self.ended.wait(LIMIT_SECONDS)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def threads(clock: Clock) -> RequestThreads:
    """Three for requests, one for probes."""
    return RequestThreads(4, clock.later, stuck_seconds=3_600)


def begin(threads: RequestThreads, *works: Work) -> list[Work]:
    for work in works:
        threads.run(work.run, work.refuse)
    return list(works)


def end(works: list[Work]) -> None:
    for work in works:
        work.end()


def test_probes_run_while_all_threads_are_taken_and_others_are_refused(
    threads: RequestThreads, clock: Clock
) -> None:
    taken = [work.wait_until_it_runs() for work in begin(threads, Work(), Work(), Work())]
    (late,) = begin(threads, Work())
    probe = Work()

    threads.run_probe(probe.run)
    probe.wait_until_it_runs().end()
    clock.pass_by()

    assert (late.runs, late.refusals) == (0, 1)
    end(taken)
    assert [(work.runs, work.refusals) for work in taken] == [(1, 0)] * 3


def test_a_refused_request_does_not_run_when_a_thread_is_free_again(
    threads: RequestThreads, clock: Clock
) -> None:
    taken = [work.wait_until_it_runs() for work in begin(threads, Work(), Work(), Work())]
    (late,) = begin(threads, Work())
    clock.pass_by()
    end(taken)

    (next_one,) = begin(threads, Work())
    next_one.wait_until_it_runs().end()

    assert (late.runs, late.refusals) == (0, 1)
    assert next_one.runs == 1


def test_a_request_that_waited_is_run_once_and_not_refused_later(
    threads: RequestThreads, clock: Clock
) -> None:
    taken = [work.wait_until_it_runs() for work in begin(threads, Work(), Work(), Work())]
    (late,) = begin(threads, Work())
    end(taken)
    late.wait_until_it_runs()

    clock.pass_by()

    late.end()
    assert (late.runs, late.refusals) == (1, 0)


def test_what_a_request_holds_is_free_once_it_was_run_or_refused(clock: Clock) -> None:
    class Job:
        def __call__(self) -> None: ...

    threads = RequestThreads(1, clock.later, stuck_seconds=3_600)
    (taken,) = begin(threads, Work())
    refused, run = Job(), Job()
    held = [weakref.ref(refused), weakref.ref(run)]

    threads.run(refused, lambda: None)
    del refused
    clock.pass_by()
    assert held[0]() is None  # though it is still in line

    threads.run(run, lambda: None)
    del run
    (next_one,) = begin(threads, Work())
    end([taken, next_one])
    assert held[1]() is None  # though the clock has not come to it


def test_no_request_waits_while_none_begins_or_ends(clock: Clock) -> None:
    threads = RequestThreads(1, clock.later, stuck_seconds=0)
    (taken,) = begin(threads, Work())
    taken.wait_until_it_runs()

    (late,) = begin(threads, Work())  # no time has passed

    assert (late.runs, late.refusals) == (0, 1)
    taken.end()


def test_a_burst_after_a_rest_is_not_taken_for_a_server_that_is_stuck(clock: Clock) -> None:
    threads = RequestThreads(32, clock.later, now=clock.now)
    clock.seconds += 3_600

    works = begin(threads, *(Work() for _ in range(40)))

    assert [work.refusals for work in works] == [0] * 40
    end(works)


def test_what_must_not_be_refused_waits_without_an_end(clock: Clock) -> None:
    threads = RequestThreads(1, clock.later, stuck_seconds=0)
    (taken,) = begin(threads, Work())
    taken.wait_until_it_runs()
    piece = Work()

    threads.run(piece.run)
    clock.pass_by()
    taken.end()

    piece.wait_until_it_runs().end()


def test_a_thread_goes_on_after_a_job_that_raises(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise SystemExit("no luck")

    threads = RequestThreads(1, clock.later)
    threads.run(fail)
    (next_one,) = begin(threads, Work())

    next_one.wait_until_it_runs().end()

    assert "no luck" in caplog.text


@pytest.mark.parametrize(("threads", "kept"), [(1, 1), (2, 1), (4, 1), (32, 4)])
def test_some_of_a_server_s_threads_are_kept_for_probes(threads: int, kept: int) -> None:
    assert probe_threads(threads) == kept
