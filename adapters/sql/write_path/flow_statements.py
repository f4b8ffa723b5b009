"""The statements about the flow, and what users have used of their rate."""

from functools import cache

from sqlalchemy import BindParameter, Dialect, bindparam, delete, func, select, update
from sqlalchemy.sql.expression import ClauseElement

from adapters.sql.databases.kind import DatabaseKind
from adapters.sql.schema.columns import FLOW_COLUMNS, USER_FLOW_COLUMNS
from adapters.sql.schema.tables import order_flow, order_user_flow, orders
from adapters.sql.write_path.many_rows import insert_rows


class FlowStatements:
    """SQL text for one kind of database, with positional parameters."""

    def __init__(self, kind: DatabaseKind, dialect: Dialect) -> None:
        self._kind = kind
        self._dialect = dialect
        self.select = self._compiled(select(*FLOW_COLUMNS))
        self.lock = self._compiled(select(*FLOW_COLUMNS).with_for_update())
        self.update = self._compiled(  # parameters: all columns
            update(order_flow).values(
                {column: bindparam(f"new_{column.name}") for column in FLOW_COLUMNS}
            )
        )
        self.count_by_user = self._compiled(  # parameter: status
            select(orders.c.user_id, func.count())
            .where(orders.c.status == bindparam("wanted"))
            .group_by(orders.c.user_id)
        )
        self.forget_used = self._compiled(
            delete(order_user_flow).where(order_user_flow.c.used_until <= bindparam("before"))
        )
        self.select_used = cache(self._select_used)
        self.keep_used = cache(self._keep_used)

    def _select_used(self, users: int) -> str:
        wanted: list[BindParameter[int]] = [bindparam(f"user_{n}") for n in range(users)]
        return self._compiled(
            select(*USER_FLOW_COLUMNS).where(order_user_flow.c.user_id.in_(wanted))
        )

    def _keep_used(self, rows: int) -> str:
        return insert_rows(USER_FLOW_COLUMNS, rows, self._dialect) + self._kind.upsert(
            "user_id", ["used_until"]
        )

    def _compiled(self, statement: ClauseElement) -> str:
        return str(statement.compile(dialect=self._dialect))
