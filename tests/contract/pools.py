"""A thread pool whose workers wait for the test."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from adapters.in_process.thread_pool_queue import ThreadPoolQueue
from application.processing.held_orders import HeldOrders
from domain.order import Order
from tests.harness.waits import LIMIT_SECONDS

NextOrder = Callable[[], Order | None]


class Pool:
    """A thread pool whose workers stand still until they are let go."""

    def __init__(self, workers: int = 2) -> None:
        self.held_orders = HeldOrders()
        self.started: list[str] = []
        self.let_go = threading.Event()
        self.half_empty = threading.Event()
        self.queue = ThreadPoolQueue(self.work, self.held_orders, workers, self.half_empty.set)

    def work(self, order: Order, next_order: NextOrder) -> None:
        self.started.append(order.order_id)
        self.let_go.wait(LIMIT_SECONDS)


@pytest.fixture
def pool() -> Iterator[Pool]:
    pool = Pool()
    yield pool
    pool.let_go.set()
    pool.queue.close(timedelta(seconds=LIMIT_SECONDS))
