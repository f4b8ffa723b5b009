"""FollowHint: a hint by id and attempt starts an order at most once, and never a stale one."""

from datetime import timedelta

import pytest

from adapters.clock import ManualClock
from adapters.memory.orders import InMemoryOrderRepository
from application.ports import RepositoryUnavailable
from application.processing.follow_hint import FollowHint
from application.processing.held_orders import HeldOrders
from domain.order import Order
from tests.harness.builders import LEASE, an_order

VISIBILITY_TIMEOUT = timedelta(minutes=1)


class Store(InMemoryOrderRepository):
    """Fails the next `away_for` reads."""

    def __init__(self) -> None:
        super().__init__()
        self.away_for = 0

    def get(self, order_id: str) -> Order | None:
        if self.away_for:
            self.away_for -= 1
            raise RepositoryUnavailable("connection refused")
        return super().get(order_id)


class Worker:
    def __init__(self) -> None:
        self.repository = Store()
        self.held_orders = HeldOrders()
        self.clock = ManualClock()
        self.processed: list[Order] = []
        self.follow = FollowHint(
            self.repository, self.processed.append, self.held_orders, self.clock, VISIBILITY_TIMEOUT
        )


@pytest.fixture
def worker() -> Worker:
    return Worker()


def test_the_order_is_processed_as_it_is_stored(worker: Worker) -> None:
    order = an_order()
    worker.repository.add([order])

    worker.follow(order.order_id, 0)

    assert worker.processed == [order]


@pytest.mark.parametrize("attempt", [0, 2])
def test_a_hint_at_another_attempt_is_stale(worker: Worker, attempt: int) -> None:
    order = an_order()
    started = order.start(worker.clock.now(), LEASE, "me")
    released = started.new.release(worker.clock.now())
    worker.repository.add([order])
    worker.repository.update([started, released])

    worker.follow(order.order_id, attempt)

    assert worker.processed == []


def test_an_order_that_is_being_processed_is_left_alone(worker: Worker) -> None:
    order = an_order()
    worker.repository.add([order])
    worker.repository.update([order.start(worker.clock.now(), LEASE, "another")])

    worker.follow(order.order_id, 1)

    assert worker.processed == []


def test_an_unknown_order_is_passed_over(worker: Worker) -> None:
    worker.follow("nobody-knows", 0)

    assert worker.processed == []


def test_a_hint_waits_for_a_store_that_is_away(worker: Worker) -> None:
    order = an_order()
    worker.repository.add([order])
    worker.repository.away_for = 20

    worker.follow(order.order_id, 0)

    assert worker.processed == [order]


def test_a_hint_waits_no_longer_than_it_is_good_for(worker: Worker) -> None:
    worker.repository.away_for = 1_000
    began = worker.clock.monotonic()

    with pytest.raises(RepositoryUnavailable):
        worker.follow("o1", 0)

    assert worker.clock.monotonic() - began <= VISIBILITY_TIMEOUT.total_seconds()


def test_on_a_clean_stop_the_order_is_due_at_once_for_others(worker: Worker) -> None:
    order = an_order(due_at=worker.clock.now() + VISIBILITY_TIMEOUT)
    worker.repository.add([order])
    worker.held_orders.close()

    worker.follow(order.order_id, 0)

    stored = worker.repository.get(order.order_id)
    assert stored is not None
    assert stored.due_at == worker.clock.now()
    assert worker.processed == []
