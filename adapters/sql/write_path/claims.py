"""The calls that claim orders which are due: to start them, or to hand them to a broker."""

from collections.abc import Callable, Sequence
from datetime import datetime

from adapters.sql.write_path.call import CallOnNoOrder, CallOnOrders
from adapters.sql.write_path.due_orders import DueOrders
from adapters.sql.write_path.locked_flow import count_processing, lock_flow, store_flow
from adapters.sql.write_path.write_set import WriteSet
from domain.order import Change, Order


class StartDue(CallOnOrders):
    """OrderRepository.start_due; returns besides how many orders were looked for."""

    def __init__(
        self,
        changes: Sequence[Change],
        start: Callable[[Order], Change],
        due: DueOrders,
        *,
        within_flow: bool = False,
    ) -> None:
        super().__init__([change.old for change in changes])
        self._changes = changes
        self._start = start
        self._due = due
        self._within_flow = within_flow

    @property
    def size(self) -> int:
        return len(self.orders) + self._due.limit

    def apply(self, write_set: WriteSet) -> tuple[list[bool], list[Order], int]:
        done = [write_set.update(change) for change in self._changes]
        if not self._within_flow:
            return done, self._start_due(write_set, self._due.limit), self._due.limit
        flow, now = lock_flow(write_set), self._due.now
        room = flow.room(self._due.limit, count_processing(write_set), now)
        started = self._start_due(write_set, room) if room else []
        if started:
            store_flow(write_set, flow.after_starts(len(started), now))
        return done, started, room

    def _start_due(self, write_set: WriteSet, limit: int) -> list[Order]:
        due = self._due._replace(limit=limit)
        starts = [self._start(order) for order in write_set.lock_due(due)]
        for start in starts:
            write_set.update(start)
        return [start.new for start in starts]


class HoldDue(CallOnNoOrder):
    """OrderRepository.hold_due"""

    def __init__(self, until: datetime, due: DueOrders) -> None:
        self._until = until
        self._due = due
        self.size = due.limit

    def apply(self, write_set: WriteSet) -> list[Order]:
        held = write_set.lock_due(self._due)
        for order in held:
            write_set.reschedule(order, self._until, if_due_at_unchanged=True)
        return [order._replace(due_at=self._until) for order in held]
