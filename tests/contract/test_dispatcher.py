"""Dispatcher: what it promises beyond every queue."""

import threading
from collections.abc import Sequence
from datetime import timedelta
from itertools import chain

from application.processing.advance_orders import Started
from domain.change import Change
from domain.order import Order
from tests.contract.pools import Pool, pool
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


def test_closing_waits_for_what_runs_and_starts_nothing_more(pool: Pool) -> None:
    for number in range(4):
        pool.queue.submit(an_order(f"o{number}"))
    wait_until(lambda: len(pool.started) == 2)
    threading.Timer(0.05, pool.let_go.set).start()

    assert pool.queue.close(timedelta(seconds=LIMIT_SECONDS))

    assert len(pool.started) == 2
    assert {order.order_id for order in pool.held_orders.all()} == {"o2", "o3"}


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
