"""ThreadPoolQueue: what it promises beyond every queue."""

import threading
from datetime import timedelta

import pytest

from adapters.in_process.thread_pool_queue import ThreadPoolQueue
from application.processing.held_orders import HeldOrders
from domain.order import Order
from tests.contract.pools import NextOrder, Pool, pool
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


def test_a_worker_goes_on_with_what_waits(pool: Pool) -> None:
    worked: list[list[str]] = []

    def work_through(order: Order, next_order: NextOrder) -> None:
        worked.append([])
        pool.let_go.wait(LIMIT_SECONDS)
        hint: Order | None = order
        while hint is not None:
            worked[-1].append(hint.order_id)
            hint = next_order()

    queue = ThreadPoolQueue(work_through, pool.held_orders, 1, lambda: None)
    for order_id in ("a", "b"):
        queue.submit(an_order(order_id))
    pool.let_go.set()

    wait_until(lambda: queue.free_slots() == 2)
    assert worked == [["a", "b"]]
    assert len(pool.held_orders) == 0
    assert queue.close(timedelta(seconds=LIMIT_SECONDS))


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


def test_an_order_that_breaks_its_worker_leaves_room_for_the_next() -> None:
    def explode(order: Order, next_order: NextOrder) -> None:
        raise RuntimeError(order.order_id)

    queue = ThreadPoolQueue(explode, HeldOrders(), 1, lambda: None)
    queue.submit(an_order("a"))

    wait_until(lambda: queue.free_slots() == 2)
    assert queue.submit(an_order("b"))
    assert queue.close(timedelta(seconds=LIMIT_SECONDS))


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


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
def test_a_worker_outlives_whatever_is_raised(error: type[BaseException]) -> None:
    def explode(order: Order, next_order: NextOrder) -> None:
        raise error

    queue = ThreadPoolQueue(explode, HeldOrders(), 1, lambda: None)
    for order_id in ("a", "b"):
        queue.submit(an_order(order_id))
        wait_until(lambda: queue.free_slots() == 2)

    assert queue.close(timedelta(seconds=LIMIT_SECONDS))


def test_closing_waits_for_what_runs_and_starts_nothing_more(pool: Pool) -> None:
    for number in range(4):
        pool.queue.submit(an_order(f"o{number}"))
    wait_until(lambda: len(pool.started) == 2)
    threading.Timer(0.05, pool.let_go.set).start()

    assert pool.queue.close(timedelta(seconds=LIMIT_SECONDS))

    assert len(pool.started) == 2
    assert {order.order_id for order in pool.held_orders.all()} == {"o2", "o3"}


def test_an_order_that_comes_once_a_stop_has_begun_is_refused_and_so_can_be_made_due(
    pool: Pool,
) -> None:
    pool.held_orders.close()

    assert not pool.queue.submit(an_order())


def test_closing_does_not_wait_for_longer_than_the_grace(pool: Pool) -> None:
    pool.queue.submit(an_order())
    wait_until(lambda: len(pool.started) == 1)

    assert not pool.queue.close(timedelta(seconds=0.05))
