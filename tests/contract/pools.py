"""A dispatcher whose workers wait for the test, in threads or on an event loop."""

import asyncio
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest

from adapters.in_process.dispatcher import Dispatcher
from adapters.in_process.event_loop_workers import EventLoopWorkers
from adapters.in_process.thread_workers import ThreadWorkers
from adapters.in_process.workers import Workers
from application.processing.advance_orders import Started
from application.processing.gate import Gate
from application.processing.held_orders import HeldOrders
from domain.change import Change
from domain.flow import Flow
from domain.order import Order
from tests.harness.builders import LEASE, START
from tests.harness.waits import LIMIT_SECONDS

POLL_SECONDS = 0.001


class Pool:
    """A dispatcher whose workers stand still until they are let go."""

    def __init__(self, kind: str = "threads", max_workers: int = 2) -> None:
        self.held_orders = HeldOrders()
        self.gate = Gate()
        self.gate.follow(Flow())
        self.due: deque[Order] = deque()  # in the store
        self.advances: list[tuple[list[str], list[str]]] = []  # ids of outcomes, and of starts
        self.rooms: list[int] = []  # for due orders, in each of them
        self.started: list[str] = []
        self.most_processing = 0
        self.let_go = threading.Event()
        self.half_empty = threading.Event()
        self.queue = Dispatcher(
            self.advance,
            self.workers(kind, max_workers),
            self.held_orders,
            self.gate,
            max_workers,
            self.half_empty.set,
        )
        self._processing = 0

    def workers(self, kind: str, max_workers: int) -> Workers:
        if kind == "threads":
            return ThreadWorkers(self.work, max_workers)
        return EventLoopWorkers(self.work_later, max_workers)

    def advance(self, outcomes: Sequence[Change], waiting: Sequence[Order], room: int) -> Started:
        self.rooms.append(room)
        self.advances.append(
            ([outcome.old.order_id for outcome in outcomes], [order.order_id for order in waiting])
        )
        for outcome in outcomes:
            self.held_orders.drop(outcome.old)
        due = [self.due.popleft() for _ in range(min(room, len(self.due)))]
        started = [order.start(START, LEASE, "me").new for order in [*waiting, *due]]
        for order in started:
            self.held_orders.put(order)
        self._processing += len(started) - len(outcomes)
        self.most_processing = max(self.most_processing, self._processing)
        return Started(started, is_more_due=room > 0 and bool(self.due))

    def work(self, order: Order) -> Change:
        self.started.append(order.order_id)
        self.let_go.wait(LIMIT_SECONDS)
        return order.complete(START)

    async def work_later(self, order: Order) -> Change:
        """As `work`, on an event loop that goes on meanwhile."""
        self.started.append(order.order_id)
        while not self.let_go.is_set():
            await asyncio.sleep(POLL_SECONDS)
        return order.complete(START)


KINDS = ["threads", "event loop"]


@pytest.fixture(params=KINDS)
def pool(request: pytest.FixtureRequest) -> Iterator[Pool]:
    pool = Pool(request.param)
    yield pool
    pool.let_go.set()
    pool.queue.close(timedelta(seconds=LIMIT_SECONDS))
