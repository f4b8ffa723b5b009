"""FollowHints: hints by id and attempt start orders at most once, and never stale ones."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from adapters.clock import ManualClock
from adapters.memory.orders import InMemoryOrderRepository
from adapters.memory.queue import InMemoryQueue
from application.ports import RepositoryUnavailable
from application.processing.breaker import FAILURES_IN_A_ROW, Breaker
from application.processing.follow_hints import FollowHints, Hint
from application.processing.gate import Gate
from application.processing.held_orders import HeldOrders
from domain.flow import Flow
from domain.order import Order
from tests.harness.builders import LEASE, an_order

VISIBILITY_TIMEOUT = timedelta(minutes=1)


class Store(InMemoryOrderRepository):
    """Fails the next `away_for` reads."""

    def __init__(self) -> None:
        super().__init__()
        self.away_for = 0

    def get_many(self, order_ids: Sequence[str]) -> list[Order]:
        if self.away_for:
            self.away_for -= 1
            raise RepositoryUnavailable("connection refused")
        return super().get_many(order_ids)


class Worker:
    def __init__(self) -> None:
        self.repository = Store()
        self.held_orders = HeldOrders()
        self.clock = ManualClock()
        self.queue = InMemoryQueue(window=2)
        self.gate = Gate()
        self.gate.follow(Flow())
        self.breaker = Breaker(self.gate, self.held_orders, self.clock, lambda: None)
        self.on_wait: Callable[[], object] = lambda: None
        self.follow = FollowHints(
            self.repository,
            self.queue,
            self.wait_for_room,
            self.held_orders,
            self.breaker,
            self.clock,
            VISIBILITY_TIMEOUT,
        )

    def wait_for_room(self) -> None:
        self.on_wait()

    def queued(self) -> list[Order]:
        orders: list[Order] = []
        self.queue.drain(orders.append)
        return orders


@pytest.fixture
def worker() -> Worker:
    return Worker()


def test_the_orders_are_queued_as_they_are_stored(worker: Worker) -> None:
    orders = [an_order("a"), an_order("b")]
    worker.repository.add(orders)

    worker.follow([Hint("b", 0), Hint("nobody-knows", 0), Hint("a", 0), Hint("b", 0)])

    assert worker.queued() == orders[::-1]  # as the hints came


@pytest.mark.parametrize("attempt", [0, 2])
def test_a_hint_at_another_attempt_is_stale(worker: Worker, attempt: int) -> None:
    order = an_order()
    started = order.start(worker.clock.now(), LEASE, "me")
    released = started.new.release(worker.clock.now())
    worker.repository.add([order])
    worker.repository.update([started, released])

    worker.follow([Hint(order.order_id, attempt)])

    assert worker.queued() == []


def test_of_two_hints_at_one_order_the_stale_one_does_no_harm(worker: Worker) -> None:
    order = an_order()
    started = order.start(worker.clock.now(), LEASE, "me")
    released = started.new.release(worker.clock.now())
    worker.repository.add([order])
    worker.repository.update([started, released])

    worker.follow([Hint(order.order_id, 0), Hint(order.order_id, 1)])

    assert worker.queued() == [released.new]


def test_an_order_that_is_being_processed_is_left_alone(worker: Worker) -> None:
    order = an_order()
    worker.repository.add([order])
    worker.repository.update([order.start(worker.clock.now(), LEASE, "another")])

    worker.follow([Hint(order.order_id, 1)])

    assert worker.queued() == []


def test_hints_wait_for_a_store_that_is_away(worker: Worker) -> None:
    order = an_order()
    worker.repository.add([order])
    worker.repository.away_for = 20

    worker.follow([Hint(order.order_id, 0)])

    assert worker.queued() == [order]


def test_hints_wait_no_longer_than_they_are_good_for(worker: Worker) -> None:
    worker.repository.away_for = 1_000
    began = worker.clock.monotonic()

    with pytest.raises(RepositoryUnavailable):
        worker.follow([Hint("o1", 0)])

    assert worker.clock.monotonic() - began <= VISIBILITY_TIMEOUT.total_seconds()


def test_hints_do_not_wait_for_the_store_on_a_clean_stop(worker: Worker) -> None:
    worker.repository.away_for = 1_000
    worker.held_orders.close()

    with pytest.raises(RepositoryUnavailable):
        worker.follow([Hint("o1", 0)])

    assert worker.repository.away_for == 999


def test_hints_wait_for_room_each_in_its_turn(worker: Worker) -> None:
    orders = [an_order(f"o{number}") for number in range(9, 2, -1)]
    worker.repository.add(orders)
    done: list[Order] = []
    worker.on_wait = lambda: done.extend(worker.queued())

    worker.follow([Hint(order.order_id, 0) for order in orders])

    assert done + worker.queued() == orders


def test_hints_that_wait_too_long_are_forgotten_for_they_come_again(worker: Worker) -> None:
    orders = [an_order(f"o{number}") for number in range(4)]
    worker.repository.add(orders)
    worker.on_wait = lambda: worker.clock.advance(seconds=VISIBILITY_TIMEOUT.total_seconds())

    worker.follow([Hint(order.order_id, 0) for order in orders])

    assert worker.queued() == orders[:2]


def test_on_a_clean_stop_the_orders_are_due_at_once_for_others(worker: Worker) -> None:
    orders = [
        an_order(order_id, due_at=worker.clock.now() + VISIBILITY_TIMEOUT)
        for order_id in ("a", "b", "c")
    ]
    worker.repository.add(orders)
    worker.on_wait = lambda: worker.queue.close(timedelta(0))

    worker.follow([Hint(order.order_id, 0) for order in orders])

    stored = worker.repository.get_many(["a", "b", "c"])
    assert {order.due_at for order in stored} == {worker.clock.now()}


def test_what_is_refused_while_nobody_can_be_reached_is_due_a_little_later(worker: Worker) -> None:
    order = an_order("a")
    worker.repository.add([order])
    for _ in range(FAILURES_IN_A_ROW):
        worker.breaker.failed(an_order("other"), "connection refused")
    worker.queue.close(timedelta(0))  # as a dispatcher refuses behind a narrow gate

    worker.follow([Hint("a", 0)])

    (stored,) = worker.repository.get_many(["a"])
    assert stored.due_at == worker.clock.now() + timedelta(seconds=1)
