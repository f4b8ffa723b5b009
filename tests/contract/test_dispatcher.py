"""Dispatcher: what it promises beyond every queue."""

import asyncio
import errno
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import chain

import pytest

from adapters.in_process.window import AT_ONCE
from application.ports import OutcomeUnknown, RepositoryUnavailable
from application.processing.advance_orders import Started
from domain.order import Change, Order
from tests.contract.pools import KINDS, Pool, pool
from tests.harness.builders import an_order
from tests.harness.waits import LIMIT_SECONDS, wait_until

__all__ = ["pool"]  # a fixture


def test_a_pool_works_on_as_many_orders_as_it_has_workers(pool: Pool) -> None:
    for number in range(4):
        pool.queue.submit(an_order(f"o{number}"))
    wait_until(lambda: len(pool.started) == 2)

    assert pool.queue.free_slots() == 0

    pool.let_go.set()
    wait_until(lambda: pool.queue.free_slots() == 4)
    assert sorted(pool.started) == ["o0", "o1", "o2", "o3"]
    assert len(pool.held_orders) == 0


def test_what_came_of_orders_and_the_next_starts_are_stored_together(pool: Pool) -> None:
    for order_id in ("a", "b"):
        pool.queue.submit(an_order(order_id))
        wait_until(lambda: len(pool.started) == len(pool.advances))
    for order_id in ("c", "d"):
        pool.queue.submit(an_order(order_id))
    pool.let_go.set()

    wait_until(lambda: pool.queue.free_slots() == 4)
    stored, started = (sorted(chain(*ids)) for ids in zip(*pool.advances, strict=True))
    assert stored == started == ["a", "b", "c", "d"]
    assert all(outcomes or starts for outcomes, starts in pool.advances)
    assert any(outcomes and starts for outcomes, starts in pool.advances)


def test_an_order_that_comes_while_another_is_being_started_gets_a_worker_too() -> None:
    class Slow(Pool):
        stores = threading.Event()

        def advance(
            self, outcomes: Sequence[Change], waiting: Sequence[Order], room: int
        ) -> Started:
            started = super().advance(outcomes, waiting, room)
            assert self.stores.wait(LIMIT_SECONDS)
            return started

    pool = Slow()
    pool.queue.submit(an_order("a"))
    wait_until(lambda: pool.advances == [([], ["a"])])
    pool.queue.submit(an_order("b"))

    pool.stores.set()

    wait_until(lambda: sorted(pool.started) == ["a", "b"])
    pool.let_go.set()
    assert pool.queue.close(timedelta(seconds=LIMIT_SECONDS))


def test_no_more_orders_are_processing_than_there_are_workers(pool: Pool) -> None:
    pool.let_go.set()

    for number in range(200):
        wait_until(lambda: pool.queue.free_slots() > 0)
        pool.queue.submit(an_order(f"o{number}"))

    wait_until(lambda: pool.queue.free_slots() == 4)
    assert len(pool.started) == 200
    assert pool.most_processing <= 2


def test_an_order_that_comes_when_the_workers_are_gone_is_worked_on(pool: Pool) -> None:
    pool.let_go.set()
    for order_id in ("a", "b", "c"):
        pool.queue.submit(an_order(order_id))
        wait_until(lambda: len(pool.held_orders) == 0)

    assert pool.started == ["a", "b", "c"]


def test_a_pool_holds_what_waits_and_what_runs(pool: Pool) -> None:
    for number in range(4):
        pool.queue.submit(an_order(f"o{number}"))

    assert {order.order_id for order in pool.held_orders.all()} == {"o0", "o1", "o2", "o3"}


def test_a_waiting_order_that_is_no_longer_held_is_not_started(pool: Pool) -> None:
    orders = [an_order(f"o{number}") for number in range(3)]
    for order in orders:
        pool.queue.submit(order)
    wait_until(lambda: len(pool.started) == 2)

    pool.held_orders.drop(orders[2])
    pool.let_go.set()

    wait_until(lambda: pool.queue.free_slots() == 4)
    assert "o2" not in pool.started


def test_a_pool_asks_for_more_when_it_is_less_than_half_full(pool: Pool) -> None:
    pool.queue.submit(an_order())
    pool.let_go.set()

    assert pool.half_empty.wait(LIMIT_SECONDS)


def due_orders(number: int) -> list[Order]:
    return [an_order(f"due-{n}") for n in range(number)]


def test_due_orders_are_started_until_none_is_left(pool: Pool) -> None:
    pool.due.extend(due_orders(50))
    pool.let_go.set()

    pool.queue.start_due()

    wait_until(lambda: len(pool.started) == 50)
    assert pool.started == [order.order_id for order in due_orders(50)]
    assert pool.most_processing <= 2
    wait_until(lambda: pool.queue.free_slots() == 4)


def test_due_orders_are_started_together_with_what_came_of_others(pool: Pool) -> None:
    pool.due.extend(due_orders(6))

    pool.queue.start_due()
    wait_until(lambda: len(pool.started) == 2)
    pool.let_go.set()

    wait_until(lambda: pool.queue.free_slots() == 4)
    starts = [bool(outcomes) for outcomes, _ in pool.advances]
    assert starts[0] is False
    assert all(starts[2:])  # no call that only starts, once there were outcomes


def test_what_is_due_goes_before_orders_that_came_later(pool: Pool) -> None:
    """However many of those there are, as when clients order anew as soon as they are served."""
    pool.let_go.set()
    number = 0

    def order_anew() -> bool:
        nonlocal number
        while pool.queue.free_slots() > 0:
            pool.queue.submit(an_order(f"new-{number}"))
            number += 1
        return number > 50

    wait_until(order_anew, 0)
    pool.due.append(an_order("due"))
    asked_after = number
    pool.queue.start_due()

    wait_until(lambda: order_anew() and "due" in pool.started, 0)
    assert pool.started.index("due") <= asked_after + 4


def test_a_look_that_is_asked_for_during_another_comes_after_it() -> None:
    class Slow(Pool):
        begun, may_end = threading.Event(), threading.Event()

        def advance(
            self, outcomes: Sequence[Change], waiting: Sequence[Order], room: int
        ) -> Started:
            started = super().advance(outcomes, waiting, room)
            self.begun.set()
            assert self.may_end.wait(LIMIT_SECONDS)
            return started

    pool = Slow()
    pool.let_go.set()
    pool.queue.start_due()
    assert pool.begun.wait(LIMIT_SECONDS)
    pool.due.append(an_order("due"))
    pool.queue.start_due()

    pool.may_end.set()

    wait_until(lambda: pool.started == ["due"])
    assert pool.queue.close(timedelta(seconds=LIMIT_SECONDS))


def test_a_look_that_finds_nothing_due_is_not_repeated(pool: Pool) -> None:
    pool.let_go.set()
    pool.queue.start_due()
    wait_until(lambda: pool.advances == [([], [])])

    pool.queue.submit(an_order("a"))

    wait_until(lambda: len(pool.advances) == 3)
    assert pool.rooms[0] > 0
    assert pool.rooms[1:] == [0, 0]


def test_nothing_due_is_started_once_closed(pool: Pool) -> None:
    pool.due.extend(due_orders(3))
    pool.queue.close(timedelta(0))

    pool.queue.start_due()

    assert pool.queue.close(timedelta(seconds=LIMIT_SECONDS))
    assert len(pool.due) == 3


class BrokenPool(Pool):
    """Raises these in turn when it is to store something, or to work; lets go of its workers."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind, max_workers=1)
        self.let_go.set()
        self.store_raises: deque[BaseException] = deque()
        self.work_raises: deque[BaseException] = deque()

    def advance(self, outcomes: Sequence[Change], waiting: Sequence[Order], room: int) -> Started:
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


def test_closing_waits_for_what_runs_and_starts_nothing_more(pool: Pool) -> None:
    for number in range(4):
        pool.queue.submit(an_order(f"o{number}"))
    wait_until(lambda: len(pool.started) == 2)
    threading.Timer(0.05, pool.let_go.set).start()

    assert pool.queue.close(timedelta(seconds=LIMIT_SECONDS))

    assert len(pool.started) == 2
    assert {order.order_id for order in pool.held_orders.all()} == {"o2", "o3"}


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


def test_an_event_loop_works_on_thousands_of_orders_in_one_thread() -> None:
    pool = Pool("event loop", max_workers=5_000)
    threads = threading.active_count()
    pool.due.extend(due_orders(5_000))

    pool.queue.start_due()

    wait_until(lambda: len(pool.started) == 5_000)
    assert threading.active_count() <= threads + 2
    assert max(len(starts) for _, starts in pool.advances) <= AT_ONCE
    pool.let_go.set()
    assert pool.queue.close(timedelta(seconds=LIMIT_SECONDS))
    assert max(len(outcomes) for outcomes, _ in pool.advances) <= AT_ONCE


def test_a_feeder_waits_until_there_is_room_again(pool: Pool) -> None:
    for number in range(4):
        pool.queue.submit(an_order(f"o{number}"))
    waiting = threading.Thread(target=pool.queue.wait_for_room)
    waiting.start()
    waiting.join(0.05)
    assert waiting.is_alive()

    pool.let_go.set()

    waiting.join(LIMIT_SECONDS)
    assert not waiting.is_alive()


def test_a_feeder_waits_no_longer_once_closed(pool: Pool) -> None:
    for number in range(4):
        pool.queue.submit(an_order(f"o{number}"))
    waiting = threading.Thread(target=pool.queue.wait_for_room)
    waiting.start()

    pool.queue.close(timedelta(0))

    waiting.join(LIMIT_SECONDS)
    assert not waiting.is_alive()


def test_an_order_that_comes_once_a_stop_has_begun_is_refused_and_so_can_be_made_due(
    pool: Pool,
) -> None:
    pool.held_orders.close()

    assert not pool.queue.submit(an_order())


def test_closing_does_not_wait_for_longer_than_the_grace(pool: Pool) -> None:
    pool.queue.submit(an_order())
    wait_until(lambda: len(pool.started) == 1)

    assert not pool.queue.close(timedelta(seconds=0.05))
