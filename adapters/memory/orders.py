"""OrderRepository in memory."""

import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from heapq import nsmallest

from adapters.memory.database import InMemoryDatabase
from application.ports import Once
from domain.change import Change
from domain.fence import Version
from domain.order import Order
from domain.transitions import OrderStatus


class InMemoryOrderRepository:
    """On a database that others share, or on one of its own; its lock makes each call atomic."""

    def __init__(self, database: InMemoryDatabase | None = None) -> None:
        self.database = database or InMemoryDatabase()

    def add(self, orders: Sequence[Order], once: Once | None = None) -> list[str]:
        with self.database.lock:
            self.database.check_unused(once)
            taken = self.database.add(orders)
            if len(taken) < len(orders):
                self.database.keep(once, taken)
            return taken

    def update(self, changes: Sequence[Change], once: Once | None = None) -> list[bool]:
        with self.database.lock:
            self.database.check_unused(once)
            done = [self._update(change) for change in changes]
            if any(done) or not changes:
                self.database.keep(once, done)
            return done

    def start_due(
        self,
        changes: Sequence[Change],
        start: Callable[[Order], Change],
        *,
        now: datetime,
        horizon: datetime,
        limit: int,
        within_flow: bool = False,
    ) -> tuple[list[bool], list[Order]]:
        with self.database.lock:
            done = [self._update(change) for change in changes]
            if within_flow:
                due = self._within_flow(limit, now, horizon)
            else:
                due = self._find_due(OrderStatus.PENDING, now, horizon, limit)
            starts = [start(order) for order in due]
            for change in starts:
                self._update(change)
            return done, [change.new for change in starts]

    def hold_due(
        self, until: datetime, *, now: datetime, horizon: datetime, limit: int
    ) -> list[Order]:
        with self.database.lock:
            held = self._find_due(OrderStatus.PENDING, now, horizon, limit)
            for order in held:
                self._reschedule(order, until, if_due_at_unchanged=True)
            return [order._replace(due_at=until) for order in held]

    def reschedule(
        self, orders: Sequence[Order], due_at: datetime, *, if_due_at_unchanged: bool = False
    ) -> list[bool]:
        with self.database.lock:
            return [
                self._reschedule(order, due_at, if_due_at_unchanged=if_due_at_unchanged)
                for order in orders
            ]

    def probe(self, at: datetime) -> timedelta:
        with self.database.lock:
            return timedelta(0)

    def get(self, order_id: str) -> Order | None:
        with self.database.lock:
            return self.database.get(order_id)

    def get_many(self, order_ids: Sequence[str]) -> list[Order]:
        with self.database.lock:
            found = (self.database.get(order_id) for order_id in dict.fromkeys(order_ids))
            return [order for order in found if order is not None]

    def find_due(
        self, status: OrderStatus, *, now: datetime, horizon: datetime, limit: int
    ) -> list[Order]:
        with self.database.lock:
            return self._find_due(status, now, horizon, limit)

    def _within_flow(self, limit: int, now: datetime, horizon: datetime) -> list[Order]:
        """What the flow lets start; it counts as started."""
        processing = len(self.database.by_status[OrderStatus.PROCESSING])
        room = self.database.flow.room(limit, processing, now)
        if not room:
            return []
        quota = self.database.user_quota(now)
        most = sys.maxsize if self.database.flow.user_limits.exist else room
        due = self._find_due(OrderStatus.PENDING, now, horizon, most)
        to_start, to_wait, _ = quota.choose(due, room, latest=horizon)
        for order, later in to_wait:
            self._reschedule(order, later, if_due_at_unchanged=True)
        kept_since = now - self.database.flow.user_limits.burst
        used = self.database.user_used_until | quota.used
        self.database.user_used_until = {
            user_id: until for user_id, until in used.items() if until > kept_since
        }
        self.database.flow = self.database.flow.after_starts(len(to_start), now)
        return to_start

    def _find_due(
        self, status: OrderStatus, now: datetime, horizon: datetime, limit: int
    ) -> list[Order]:
        due = [
            (order.due_at, order)
            for order in self.database.by_status[status].values()
            if order.due_at is not None
            and (order.due_at <= now or _is_misdated(order, order.due_at, now, horizon))
        ]
        return [order for _, order in nsmallest(limit, due, key=lambda found: found[0])]

    def _update(self, change: Change) -> bool:
        stored = self.database.get(change.new.order_id)
        if stored is None or not Version.of(stored).admits(change):
            return False
        self.database.store(change.old, change.new, change.event)
        return True

    def _reschedule(self, order: Order, due_at: datetime, *, if_due_at_unchanged: bool) -> bool:
        stored = self.database.get(order.order_id)
        if stored is None or not Version.of(stored).matches(
            order, if_due_at_unchanged=if_due_at_unchanged
        ):
            return False
        moved = stored._replace(due_at=due_at)
        self.database.by_status[stored.status][stored.order_id] = moved
        return True


def _is_misdated(order: Order, due_at: datetime, now: datetime, horizon: datetime) -> bool:
    is_to_wait = order.not_before is not None and order.not_before > now
    return due_at > horizon and not order.has_appointment and not is_to_wait
