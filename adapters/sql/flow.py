"""OrderFlow on SQL: one row."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import func, select

from adapters.sql.database import Database
from adapters.sql.schema.flow_row import to_flow
from adapters.sql.schema.rows import from_us
from adapters.sql.schema.tables import order_user_flow, orders
from adapters.sql.write_path.call import CallOnNoOrder
from adapters.sql.write_path.locked_flow import lock_flow, store_flow
from adapters.sql.write_path.write_set import WriteSet
from application.ports import KeyUsed, Once
from domain.flow import Flow
from domain.transitions import OrderStatus
from domain.user_quota import UserQuota


class SqlOrderFlow:
    """Changes, and starts within the flow, lock the row, and so take turns on all processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self) -> Flow:
        (row,) = self._database.fetch(self._database.statements.flow.select, ())
        return to_flow(row)

    def admits(self, user_id: int, now: datetime) -> bool:
        limits = self.get().user_limits
        if not limits.exist:
            return True
        counted = select(func.count()).where(
            orders.c.status == OrderStatus.PROCESSING.value, orders.c.user_id == user_id
        )
        kept = select(order_user_flow.c.used_until).where(order_user_flow.c.user_id == user_id)
        with self._database.snapshot() as connection:
            processing = connection.execute(counted).scalar_one()
            used = connection.execute(kept).scalar_one_or_none()
        used_until = {} if used is None else {user_id: from_us(used)}
        return UserQuota(limits, {user_id: processing}, used_until, now).admits(user_id)

    def change(self, step: Callable[[Flow], Flow], once: Once | None = None) -> Flow:
        return self._database.write(ChangeFlow(step, once))


class ChangeFlow(CallOnNoOrder):
    """OrderFlow.change; alone, so as not to keep the row that starts wait for."""

    is_alone = True

    def __init__(self, step: Callable[[Flow], Flow], once: Once | None) -> None:
        self._step = step
        self._once = once

    def apply(self, write_set: WriteSet) -> Flow:
        stored = lock_flow(write_set)
        if not write_set.check_unused(self._once):
            raise KeyUsed
        flow = self._step(stored)
        if flow != stored:
            store_flow(write_set, flow)
        write_set.keep(self._once, flow)
        return flow
