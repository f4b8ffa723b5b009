"""OrderRepository, OrderFeed and ProcessingQueue in memory: fast fakes, and an adapter."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from heapq import nsmallest

from application.ports import FeedEntry
from domain.batch import Batch
from domain.events import OrderEvent
from domain.fence import Version
from domain.order import Change, Order
from domain.totals import Totals
from domain.transitions import OrderStatus


class InMemoryOrderRepository:
    """Keeps frozen orders, so that nothing aliases; one lock makes each call atomic."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_status: dict[OrderStatus, dict[str, Order]] = {
            status: {} for status in OrderStatus
        }
        self._status: dict[str, OrderStatus] = {}
        self._history: dict[str, list[OrderEvent]] = {}
        self._events: list[OrderEvent] = []  # of all orders
        self._totals = Totals()
        self._batches: dict[str, Batch] = {}

    def add(self, orders: Sequence[Order]) -> list[str]:
        with self._lock:
            return self._add(orders)

    def update(self, changes: Sequence[Change]) -> list[bool]:
        done = []
        with self._lock:
            for change in changes:
                stored = self._get(change.new.order_id)
                may_replace = stored is not None and Version.of(stored).may_become(change)
                if may_replace:
                    self._store(change.old, change.new, change.event)
                done.append(may_replace)
        return done

    def reschedule(
        self, orders: Sequence[Order], due_at: datetime, *, unmoved: bool = False
    ) -> list[bool]:
        done = []
        with self._lock:
            for order in orders:
                stored = self._get(order.order_id)
                may_move = stored is not None and Version.of(stored).may_be_rescheduled(
                    order, unmoved=unmoved
                )
                if stored is not None and may_move:
                    self._by_status[stored.status][stored.order_id] = replace(stored, due_at=due_at)
                done.append(may_move)
        return done

    def claim_batch(self, batch: Batch) -> Batch:
        with self._lock:
            return self._batches.setdefault(batch.batch_id, batch)

    def fill_batch(self, batch: Batch, orders: Sequence[Order]) -> list[str] | None:
        with self._lock:
            if self._batches.get(batch.batch_id) != batch:
                return None
            taken = self._add(orders)
            self._batches[batch.batch_id] = batch.filled(len(orders), len(taken))
            return taken

    def probe(self, at: datetime) -> timedelta:
        with self._lock:
            return timedelta(0)

    def get(self, order_id: str) -> Order | None:
        with self._lock:
            return self._get(order_id)

    def find_due(
        self, status: OrderStatus, *, now: datetime, horizon: datetime, limit: int
    ) -> list[Order]:
        with self._lock:
            due = [
                (order.due_at, order)
                for order in self._by_status[status].values()
                if order.due_at is not None and not now < order.due_at <= horizon
            ]
        return [order for _, order in nsmallest(limit, due, key=lambda found: found[0])]

    def history(self, order_id: str) -> list[OrderEvent]:
        with self._lock:
            return list(self._history.get(order_id, ()))

    def events_after(self, position: int, limit: int) -> list[FeedEntry]:
        with self._lock:
            found = self._events[position : position + limit]
        return [FeedEntry(number, event) for number, event in enumerate(found, position + 1)]

    def totals(self) -> Totals:
        with self._lock:
            return self._totals

    @contextmanager
    def snapshot(self) -> Iterator["_Snapshot"]:
        with self._lock:
            ids = {status: list(orders) for status, orders in self._by_status.items()}
            moment = _Snapshot(self._totals, ids)
        yield moment

    def close(self) -> None:
        pass

    def _add(self, orders: Sequence[Order]) -> list[str]:
        taken = []
        for order in orders:
            if order.order_id in self._status:
                taken.append(order.order_id)
            else:
                self._store(None, order, order.creation())
        return taken

    def _get(self, order_id: str) -> Order | None:
        status = self._status.get(order_id)
        return None if status is None else self._by_status[status][order_id]

    def _store(self, old: Order | None, new: Order, event: OrderEvent) -> None:
        if old is not None:
            del self._by_status[old.status][new.order_id]
        self._by_status[new.status][new.order_id] = new
        self._status[new.order_id] = new.status
        self._history.setdefault(new.order_id, []).append(event)
        self._events.append(event)
        self._totals += Totals.of([(old, new)])


class _Snapshot:
    def __init__(self, totals: Totals, ids: dict[OrderStatus, list[str]]) -> None:
        self._totals = totals
        self._ids = ids

    def totals(self) -> Totals:
        return self._totals

    def order_ids(self, status: OrderStatus) -> Iterator[str]:
        return iter(self._ids[status])


class InMemoryQueue:
    """ProcessingQueue that works when it is told to, in the caller's thread."""

    def __init__(self, window: int = 100) -> None:
        self._window = window
        self._waiting: deque[Order] = deque()
        self._closed = False

    def submit(self, order: Order) -> bool:
        if any(held.order_id == order.order_id for held in self._waiting):
            return not self._closed
        if self.free_slots() == 0:
            return False
        self._waiting.append(order)
        return True

    def free_slots(self) -> int:
        return 0 if self._closed else self._window - len(self._waiting)

    def close(self, grace: timedelta) -> bool:
        self._closed = True
        return True

    def drain(self, process: Callable[[Order], None]) -> int:
        """Process what waits, and what is submitted meanwhile; returns how many."""
        count = 0
        while self._waiting:
            process(self._waiting.popleft())
            count += 1
        return count
