"""A thread pool whose workers wait for the test."""

import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest

from adapters.in_process.dispatcher import Dispatcher
from application.processing.held_orders import HeldOrders
from domain.order import Change, Order
from tests.harness.builders import LEASE, START
from tests.harness.waits import LIMIT_SECONDS


class Pool:
    """A thread pool whose workers stand still until they are let go."""

    def __init__(self, workers: int = 2) -> None:
        self.held_orders = HeldOrders()
        self.advances: list[tuple[list[str], list[str]]] = []  # ids of outcomes, and of starts
        self.started: list[str] = []
        self.most_processing = 0
        self.let_go = threading.Event()
        self.half_empty = threading.Event()
        self.queue = Dispatcher(
            self.advance, self.work, self.held_orders, workers, self.half_empty.set
        )
        self._processing = 0

    def advance(self, outcomes: Sequence[Change], waiting: Sequence[Order]) -> list[Order]:
        self.advances.append(
            ([outcome.old.order_id for outcome in outcomes], [order.order_id for order in waiting])
        )
        for outcome in outcomes:
            self.held_orders.drop(outcome.old)
        started = [order.start(START, LEASE, "me").new for order in waiting]
        for order in started:
            self.held_orders.put(order)
        self._processing += len(started) - len(outcomes)
        self.most_processing = max(self.most_processing, self._processing)
        return started

    def work(self, order: Order) -> Change:
        self.started.append(order.order_id)
        self.let_go.wait(LIMIT_SECONDS)
        return order.complete(START)


@pytest.fixture
def pool() -> Iterator[Pool]:
    pool = Pool()
    yield pool
    pool.let_go.set()
    pool.queue.close(timedelta(seconds=LIMIT_SECONDS))
