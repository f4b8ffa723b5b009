"""The calls that claim orders which are due: to start them, or to hand them to a broker."""

from collections.abc import Callable, Sequence
from datetime import datetime

from adapters.sql.schema.rows import to_us
from adapters.sql.write_path.call import CallOnNoOrder, CallOnOrders
from adapters.sql.write_path.due_orders import DueOrders
from adapters.sql.write_path.locked_flow import count_processing, lock_flow, store_flow
from adapters.sql.write_path.user_flow import keep_used, read_quota
from adapters.sql.write_path.write_set import WriteSet
from domain.change import Change
from domain.limits import Limits
from domain.order import Order

LOOKED_AT = 500  # due orders, for those of users who have room: under 50 ms


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
        if not room:
            return done, [], 0
        if flow.user_limits.exist:
            started, room = self._start_of_users(write_set, flow.user_limits, room)
        else:
            started = self._start_due(write_set, room)
        if started:
            store_flow(write_set, flow.after_starts(len(started), now))
        return done, started, room

    def _start_due(self, write_set: WriteSet, limit: int) -> list[Order]:
        due = self._due._replace(limit=limit)
        return self._start_all(write_set, write_set.lock_due(due))

    def _start_of_users(
        self, write_set: WriteSet, limits: Limits, room: int
    ) -> tuple[list[Order], int]:
        """Those of users who have room too; the others are looked at later, behind nobody.

        Most often nobody is passed over: so first no more are read and locked than there is room
        for. Returns besides how many were looked for.
        """
        for looked_for in (min(room, LOOKED_AT), LOOKED_AT):
            due = write_set.lock_due(self._due._replace(limit=looked_for))
            if not due:
                return [], looked_for
            quota = read_quota(write_set, limits, (order.user_id for order in due), self._due.now)
            chosen = quota.choose(due, room, latest=self._due.horizon)
            if not chosen.to_wait or len(due) < looked_for:
                break
        for order, later in chosen.to_wait:
            write_set.reschedule(order, later, if_due_at_unchanged=True)
        for due_at in filter(None, (order.due_at for order in chosen.left)):
            self._due.look.leave(to_us(due_at))
        keep_used(write_set, limits, quota, self._due.now)
        return self._start_all(write_set, chosen.to_start), looked_for

    def _start_all(self, write_set: WriteSet, due: Sequence[Order]) -> list[Order]:
        starts = [self._start(order) for order in due]
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
