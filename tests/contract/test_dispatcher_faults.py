"""Dispatcher: a store that fails, and workers that break."""

import asyncio
import errno
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import pairwise

import pytest

from adapters.in_process.dispatcher import TRY_AGAIN_SECONDS
from application.ports import OutcomeUnknown, RepositoryUnavailable
from application.processing.advance_orders import Started
from domain.change import Change
from domain.order import Order
from tests.contract.pools import KINDS, Pool, pool
from tests.harness.builders import an_order
from tests.harness.waits import LIMIT_SECONDS, wait_until

__all__ = ["pool"]  # a fixture


class BrokenPool(Pool):
    """Raises these in turn when it is to store something, or to work; lets go of its workers."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind, max_workers=1)
        self.let_go.set()
        self.store_raises: deque[BaseException] = deque()
        self.work_raises: deque[BaseException] = deque()
        self.called_at: list[float] = []  # monotonic

    def advance(self, outcomes: Sequence[Change], waiting: Sequence[Order], room: int) -> Started:
        self.called_at.append(time.monotonic())
        if self.store_raises:
            raise self.store_raises.popleft()
        return super().advance(outcomes, waiting, room)

    def work(self, order: Order) -> Change:
        if self.work_raises:
            raise self.work_raises.popleft()
        return super().work(order)

    async def work_later(self, order: Order) -> Change:
        if self.work_raises:
            raise self.work_raises.popleft()
        return await super().work_later(order)


@pytest.fixture(params=KINDS)
def broken(request: pytest.FixtureRequest) -> Iterator[BrokenPool]:
    pool = BrokenPool(request.param)
    yield pool
    assert pool.queue.close(timedelta(seconds=LIMIT_SECONDS))


def is_free_for_the_next(pool: Pool) -> bool:
    """Whether nothing is held, and an order more is worked on."""
    wait_until(lambda: pool.queue.free_slots() == 2)
    held = len(pool.held_orders)
    pool.queue.submit(an_order("next"))
    wait_until(lambda: pool.started[-1:] == ["next"])
    wait_until(lambda: pool.queue.free_slots() == 2)
    return held == 0


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
def test_an_order_that_breaks_its_worker_leaves_room_for_the_next(
    broken: BrokenPool, error: type[BaseException]
) -> None:
    broken.work_raises.append(error())

    broken.queue.submit(an_order("a"))

    assert is_free_for_the_next(broken)


def test_a_start_that_cannot_be_stored_leaves_room_for_the_next(broken: BrokenPool) -> None:
    broken.store_raises.append(RepositoryUnavailable("away"))

    broken.queue.submit(an_order("a"))

    assert is_free_for_the_next(broken)
    assert broken.started == ["next"]


def test_an_outcome_is_stored_as_soon_as_the_store_is_back(broken: BrokenPool) -> None:
    broken.let_go.clear()
    broken.queue.submit(an_order("a"))
    wait_until(lambda: broken.started == ["a"])
    broken.store_raises.extend([RepositoryUnavailable("away"), OutcomeUnknown("no answer")])

    broken.let_go.set()

    wait_until(lambda: broken.queue.free_slots() == 2)
    assert broken.advances[-1] == (["a"], [])
    assert is_free_for_the_next(broken)


@pytest.mark.parametrize("error", [ValueError, SystemExit, MemoryError])
def test_a_bug_in_the_store_costs_what_it_was_about_and_no_more(
    broken: BrokenPool, error: type[BaseException]
) -> None:
    broken.let_go.clear()
    broken.queue.submit(an_order("a"))
    wait_until(lambda: broken.started == ["a"])
    broken.store_raises.append(error())

    broken.let_go.set()

    assert is_free_for_the_next(broken)


def test_a_bug_with_one_order_costs_none_of_those_beside_it() -> None:
    class Fussy(Pool):
        stores = threading.Event()

        def advance(
            self, outcomes: Sequence[Change], waiting: Sequence[Order], room: int
        ) -> Started:
            if waiting and waiting[0].order_id == "first":
                assert self.stores.wait(LIMIT_SECONDS)  # so that the others gather
            if "bad" in [order.order_id for order in waiting]:
                raise ValueError("a bug in an adapter")
            return super().advance(outcomes, waiting, room)

    pool = Fussy(max_workers=4)
    for order_id in ("first", "good", "bad", "fine"):
        pool.queue.submit(an_order(order_id))
    pool.stores.set()

    wait_until(lambda: sorted(pool.started) == ["fine", "first", "good"])
    pool.let_go.set()
    assert pool.queue.close(timedelta(seconds=LIMIT_SECONDS))
    assert len(pool.held_orders) == 0


def test_after_a_bug_and_a_lost_answer_nothing_starts_before_it_is_looked_for() -> None:
    class Faulty(Pool):
        begun, stores = threading.Event(), threading.Event()

        def advance(
            self, outcomes: Sequence[Change], waiting: Sequence[Order], room: int
        ) -> Started:
            if not self.begun.is_set():
                self.begun.set()
                assert self.stores.wait(LIMIT_SECONDS)  # so that the others gather
                return super().advance(outcomes, waiting, room)
            calls.append([order.order_id for order in waiting])
            if errors:
                raise errors.popleft()
            return super().advance(outcomes, waiting, room)

    calls: list[list[str]] = []
    errors = deque([ValueError("a bug"), OutcomeUnknown("no answer")])
    pool = Faulty(max_workers=4)
    pool.queue.submit(an_order("first"))
    assert pool.begun.wait(LIMIT_SECONDS)
    for order_id in ("a", "b", "c"):
        pool.queue.submit(an_order(order_id))
    pool.stores.set()

    wait_until(lambda: len(calls) == 3)
    assert calls == [["a", "b", "c"], ["a"], []]
    pool.let_go.set()
    assert pool.queue.close(timedelta(seconds=LIMIT_SECONDS))
    assert len(pool.held_orders) == 0


@pytest.mark.parametrize("error", [RepositoryUnavailable("away"), ValueError("a bug")])
def test_a_look_for_due_orders_that_fails_is_left_to_the_next_one(
    broken: BrokenPool, error: Exception
) -> None:
    broken.due.append(an_order("due"))
    broken.store_raises.append(error)
    broken.queue.start_due()
    wait_until(lambda: not broken.store_raises)
    assert is_free_for_the_next(broken)
    assert broken.started == ["next"]

    broken.queue.start_due()

    wait_until(lambda: broken.started == ["next", "due"])
    wait_until(lambda: broken.queue.free_slots() == 2)


def test_an_outcome_is_not_lost_because_the_look_for_due_orders_has_a_bug(
    broken: BrokenPool,
) -> None:
    broken.let_go.clear()
    broken.queue.submit(an_order("a"))
    wait_until(lambda: broken.started == ["a"])
    broken.store_raises.append(ValueError("a bug"))
    broken.queue.start_due()

    broken.let_go.set()

    wait_until(lambda: broken.queue.free_slots() == 2)
    assert broken.advances[-1] == (["a"], [])


def test_an_outcome_is_not_lost_because_the_next_start_breaks_the_store(broken: BrokenPool) -> None:
    broken.let_go.clear()
    for order_id in ("a", "b"):
        broken.queue.submit(an_order(order_id))
    wait_until(lambda: broken.started == ["a"])
    broken.store_raises.append(ValueError("b is odd"))

    broken.let_go.set()

    wait_until(lambda: broken.queue.free_slots() == 2)
    assert (["a"], []) in broken.advances
    assert is_free_for_the_next(broken)


def test_a_pool_goes_on_with_the_threads_that_it_gets(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_more_threads(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as limits:
        limits.setattr(threading.Thread, "start", no_more_threads)
        assert not pool.queue.submit(an_order("refused"))
    assert pool.queue.submit(an_order("a"))
    wait_until(lambda: pool.started == ["a"])
    with monkeypatch.context() as limits:
        limits.setattr(threading.Thread, "start", no_more_threads)
        assert pool.queue.submit(an_order("b"))  # the one worker will come to it
    pool.let_go.set()

    wait_until(lambda: pool.queue.free_slots() == 4)
    assert pool.started == ["a", "b"]
    assert len(pool.held_orders) == 0
    assert pool.queue.close(timedelta(seconds=LIMIT_SECONDS))


@pytest.mark.parametrize(
    "broken_by",
    [lambda: asyncio.get_running_loop().stop(), lambda: asyncio.create_task(leave())],
)
def test_an_event_loop_that_a_processor_breaks_goes_on(
    broken_by: Callable[[], object], caplog: pytest.LogCaptureFixture
) -> None:
    class Breaking(Pool):
        async def work_later(self, order: Order) -> Change:
            if order.order_id == "bad":
                broken_by()
                await asyncio.sleep(0)
            return await super().work_later(order)

    pool = Breaking("event loop")
    pool.let_go.set()
    pool.queue.submit(an_order("bad"))
    wait_until(lambda: len(pool.held_orders) == 0)

    pool.queue.submit(an_order("good"))

    wait_until(lambda: pool.started == ["bad", "good"])
    assert pool.queue.close(timedelta(seconds=LIMIT_SECONDS))


async def leave() -> None:
    """A task of its own, which a processor starts."""
    sys.exit(1)


def test_without_an_event_loop_an_order_is_refused_and_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_more_files() -> asyncio.AbstractEventLoop:
        raise OSError(errno.EMFILE, "Too many open files")

    pool = Pool("event loop")
    with monkeypatch.context() as limits:
        limits.setattr(asyncio, "new_event_loop", no_more_files)
        assert not pool.queue.submit(an_order("a"))
    pool.let_go.set()

    assert pool.queue.submit(an_order("a"))

    wait_until(lambda: pool.started == ["a"])
    assert pool.queue.close(timedelta(seconds=LIMIT_SECONDS))


def test_nothing_starts_while_it_is_in_doubt_what_was_started(broken: BrokenPool) -> None:
    broken.let_go.clear()
    broken.store_raises.extend([OutcomeUnknown("no answer"), RepositoryUnavailable("away")])
    broken.queue.submit(an_order("a"))
    wait_until(lambda: len(broken.store_raises) < 2)
    broken.due.append(an_order("due"))
    broken.queue.start_due()

    wait_until(lambda: broken.started == ["due"])

    assert broken.advances[0] == ([], [])  # which says what became of it
    assert broken.rooms[0] == 0
    broken.let_go.set()


def test_a_bug_while_starts_are_in_doubt_is_tried_again_in_a_moment(broken: BrokenPool) -> None:
    broken.store_raises.extend([OutcomeUnknown("no answer"), *[ValueError("a bug")] * 2])
    broken.queue.submit(an_order("a"))
    wait_until(lambda: not broken.store_raises)
    assert is_free_for_the_next(broken)

    pauses = [later - sooner for sooner, later in pairwise(broken.called_at[:4])]
    assert min(pauses) >= TRY_AGAIN_SECONDS
