"""Dispatcher: the orders that it finds due in the store."""

import threading
from collections.abc import Sequence
from datetime import timedelta

from adapters.in_process.batch import AT_ONCE
from application.processing.advance_orders import Started
from domain.change import Change
from domain.order import Order
from tests.contract.pools import Pool, pool
from tests.harness.builders import an_order
from tests.harness.waits import LIMIT_SECONDS, wait_until

__all__ = ["pool"]  # a fixture


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
