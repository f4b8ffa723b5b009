"""Dispatcher: while the gate is narrow, orders start only because they are due."""

import math
import threading
import time
from collections.abc import Sequence
from datetime import timedelta

from application.processing.advance_orders import Started
from domain.change import Change
from domain.flow import Flow
from domain.limits import Limits
from domain.order import Order
from tests.contract.pools import Pool, pool
from tests.harness.builders import an_order
from tests.harness.waits import LIMIT_SECONDS, wait_until

__all__ = ["pool"]  # a fixture

PACE_SECONDS = 0.2
NARROW = Flow().limit(Limits(at_once=1))


class Limited(Pool):
    """Lets one order through in each look, and says how long to wait for the next."""

    pause_seconds = math.inf

    def advance(self, outcomes: Sequence[Change], waiting: Sequence[Order], room: int) -> Started:
        started = super().advance(outcomes, waiting, min(room, 1))
        return started._replace(is_more_due=room > 0, pause_seconds=self.pause_seconds)


class Paced(Pool):
    """Lets one order through in PACE_SECONDS, in a look that is not made for an outcome."""

    last = -math.inf

    def advance(self, outcomes: Sequence[Change], waiting: Sequence[Order], room: int) -> Started:
        now = time.monotonic()
        is_time = not outcomes and now - self.last >= PACE_SECONDS
        started = super().advance(outcomes, waiting, min(room, 1) if is_time else 0)
        if started.orders:
            self.last = now
        pause_seconds = PACE_SECONDS if started.orders else math.inf
        return started._replace(is_more_due=room > 0, pause_seconds=pause_seconds)


def test_an_order_is_refused_and_so_made_due(pool: Pool) -> None:
    pool.gate.follow(NARROW)

    assert not pool.queue.submit(an_order())
    assert len(pool.held_orders) == 0


def test_orders_are_taken_again_once_it_is_wide(pool: Pool) -> None:
    pool.gate.follow(NARROW)
    pool.gate.follow(Flow())

    assert pool.queue.submit(an_order())


def test_what_waits_is_taken_out_and_what_runs_goes_on(pool: Pool) -> None:
    for number in range(4):
        pool.queue.submit(an_order(f"o{number}"))
    wait_until(lambda: len(pool.started) == 2)

    taken = pool.queue.take_waiting()

    assert [order.order_id for order in taken] == ["o2", "o3"]
    assert pool.queue.free_slots() == 2
    pool.let_go.set()
    wait_until(lambda: pool.queue.free_slots() == 4)
    assert sorted(pool.started) == ["o0", "o1"]


def test_a_feeder_waits_for_room_no_longer(pool: Pool) -> None:
    for number in range(4):
        pool.queue.submit(an_order(f"o{number}"))
    waiting = threading.Thread(target=pool.queue.wait_for_room)
    waiting.start()
    pool.gate.follow(NARROW)

    pool.queue.take_waiting()

    waiting.join(LIMIT_SECONDS)
    assert not waiting.is_alive()


def test_each_outcome_looks_for_the_next_due_order() -> None:
    pool = Limited()
    pool.let_go.set()
    pool.due.extend(an_order(f"due-{number}") for number in range(20))

    pool.queue.start_due()

    wait_until(lambda: len(pool.started) == 20)
    assert pool.queue.close(timedelta(seconds=LIMIT_SECONDS))


def test_a_pause_between_looks_ends_by_itself() -> None:
    pool = Limited()
    pool.pause_seconds = 0.01
    pool.due.extend(an_order(f"due-{number}") for number in range(2))

    pool.queue.start_due()

    wait_until(lambda: len(pool.started) == 2)  # although no order has ended
    pool.let_go.set()
    assert pool.queue.close(timedelta(seconds=LIMIT_SECONDS))


def test_a_pause_between_looks_ends_also_when_others_looked_meanwhile() -> None:
    pool = Paced()
    pool.let_go.set()
    pool.due.extend(an_order(f"due-{number}") for number in range(4))

    pool.queue.start_due()
    wait_until(lambda: len(pool.started) == 1)
    pool.queue.start_due()  # a sweep

    wait_until(lambda: len(pool.started) == 4)
    assert pool.queue.close(timedelta(seconds=LIMIT_SECONDS))


def test_a_sweep_looks_whatever_the_pause() -> None:
    limited = Limited()
    limited.let_go.set()
    limited.due.append(an_order("first"))
    limited.queue.start_due()
    wait_until(lambda: limited.queue.free_slots() == 4)
    limited.due.append(an_order("due"))

    limited.queue.start_due()

    wait_until(lambda: limited.started == ["first", "due"])

    assert limited.queue.close(timedelta(seconds=LIMIT_SECONDS))
