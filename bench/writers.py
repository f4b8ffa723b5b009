"""Processes that add orders to one database at once, each order in a transaction of its own.

`python -m bench.writers COUNTING WRITERS SECONDS` prints how many orders they add in a second to
the database of ORDERS_DATABASE_URL. COUNTING is `slots`, as the service does it; `one`, with all
counters in one row; or `none`, with no word of the counters.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from multiprocessing import get_context
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, func, make_url, select

from adapters.clock import SystemClock
from adapters.sql.group_commit import GroupCommit
from adapters.sql.repositories import server_repository
from adapters.sql.repository import SqlOrderRepository
from adapters.sql.servers import ServerReader, ServerTransactions, open_server
from adapters.sql.statements import Statements
from adapters.sql.tables import order_counters, orders
from domain.order import Order

READY_SECONDS = 60
fork = get_context("fork")  # each has its own interpreter, and none imports anything again


class _Uncounted(ServerTransactions):
    """Leaves out the statement that counts, and so its round trip."""

    @contextmanager
    def __call__(self) -> Iterator[Any]:
        with super().__call__() as cursor:
            yield _WithoutCounters(cursor)


class _WithoutCounters:
    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor
        self.fetchall = cursor.fetchall

    def execute(self, statement: str, parameters: Any) -> None:
        if order_counters.name not in statement:
            self._cursor.execute(statement, parameters)


def orders_per_second(url: str, counting: str, writers: int, seconds: float) -> float:
    """By all of them; none begins before all are connected."""
    ready, added = fork.Barrier(writers), fork.SimpleQueue()

    def write() -> None:
        with closing(_repository(open_server(make_url(url)), counting)) as repository:
            repository.add([new_order()])
            ready.wait(READY_SECONDS)
            count, end = 0, time.monotonic() + seconds
            while time.monotonic() < end:
                repository.add([new_order()])
                count += 1
        added.put(count)

    processes = [fork.Process(target=write) for _ in range(writers)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        raise RuntimeError("a writer failed")
    _check(url, counting)
    total: int = sum(added.get() for _ in processes)
    return total / seconds


def _repository(engine: Engine, counting: str) -> SqlOrderRepository:
    if counting == "slots":
        return server_repository(engine, engine)
    statements = Statements(engine.dialect, counter_slots=1)
    transactions = (_Uncounted if counting == "none" else ServerTransactions)(engine)
    writer = GroupCommit(transactions, statements, pause=lambda: None)
    return SqlOrderRepository(engine, statements, ServerReader(engine), writer)


def new_order() -> Order:
    """With an id of its own."""
    now = SystemClock().now()
    return Order.new(
        order_id=uuid4().hex,
        user_id=1,
        item_ids=(101, 102, 103),
        total_amount=Decimal("59.99"),
        now=now,
        due_at=now,
    )


def _check(url: str, counting: str) -> None:
    rows_used = func.count().filter(order_counters.c.pending > 0)
    with open_server(make_url(url)).connect() as connection:
        stored = connection.scalar(select(func.count()).select_from(orders))
        counted, rows = connection.execute(
            select(func.sum(order_counters.c.pending), rows_used)
        ).one()
    if counted != (0 if counting == "none" else stored) or (rows > 1) != (counting == "slots"):
        raise RuntimeError(f"{counting}: {counted} in {rows} rows for {stored} orders")


if __name__ == "__main__":
    counting, writers, seconds = sys.argv[1:]
    url = os.environ["ORDERS_DATABASE_URL"]
    print(orders_per_second(url, counting, int(writers), float(seconds)))  # noqa: T201  # the answer
