"""InMemoryDatabase: what the in-memory ports of one store share."""

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from application.ports import KeptAnswer, KeyUsed, Once
from domain.batch import Batch
from domain.events import OrderEvent
from domain.flow import Flow
from domain.order import Order
from domain.totals import Totals
from domain.transitions import OrderStatus
from domain.user_quota import UserQuota


class InMemoryDatabase:
    """Keeps frozen values, so that nothing aliases. No method locks: callers hold `lock`."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.by_status: dict[OrderStatus, dict[str, Order]] = {status: {} for status in OrderStatus}
        self.history: dict[str, list[OrderEvent]] = {}  # by order
        self.events: list[OrderEvent] = []  # of all orders
        self.totals = Totals()
        self.batches: dict[str, Batch] = {}
        self.answers: dict[str, tuple[datetime, KeptAnswer]] = {}  # by key
        self.flow = Flow()
        self.user_used_until: dict[int, datetime] = {}
        self._status: dict[str, OrderStatus] = {}

    def get(self, order_id: str) -> Order | None:
        """The order as it is now, or None."""
        status = self._status.get(order_id)
        return None if status is None else self.by_status[status][order_id]

    def add(self, orders: Sequence[Order]) -> list[str]:
        """Store what is new; returns the ids that existed already."""
        taken = []
        for order in orders:
            if order.order_id in self._status:
                taken.append(order.order_id)
            else:
                self.store(None, order, order.creation())
        return taken

    def store(self, old: Order | None, new: Order, event: OrderEvent) -> None:
        """Store the row, the event and the difference in the totals."""
        if old is not None:
            del self.by_status[old.status][new.order_id]
        self.by_status[new.status][new.order_id] = new
        self._status[new.order_id] = new.status
        self.history.setdefault(new.order_id, []).append(event)
        self.events.append(event)
        self.totals += Totals.of([(old, new)])

    def user_quota(self, now: datetime) -> UserQuota:
        """What the limits of each user leave."""
        processing = self.by_status[OrderStatus.PROCESSING].values()
        by_user = Counter(order.user_id for order in processing)
        return UserQuota(self.flow.user_limits, by_user, self.user_used_until, now)

    def check_unused(self, once: Once | None) -> None:
        """Raises KeyUsed when there is an answer for the key."""
        if once is not None and once.key in self.answers:
            raise KeyUsed

    def keep(self, once: Once | None, result: Any) -> None:
        """Store the answer for the key."""
        if once is not None:
            self.answers[once.key] = once.at, KeptAnswer(once.fingerprint, once.answer(result))
