"""What an order costs PostgreSQL, by the service's own write path: created, started, completed.

`python -m bench.growing.pieces [seconds] [orders in a transaction]` uses the server of the tests,
which must be on this machine, and nobody else's meanwhile.
"""

import importlib
import sys
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

from sqlalchemy import URL

from adapters.sql.database import Database
from adapters.sql.databases.known import kind_of
from adapters.sql.orders import SqlOrderRepository
from bench.postgres import written
from domain.change import Change
from domain.order import Order
from tests.harness.builders import LEASE, an_order
from tests.harness.contents import query
from tests.harness.database_servers import migrated_database

OWNER = "0" * 32
HORIZON = timedelta(days=1)


def measure(database: URL, seconds: float, at_once: int) -> str:
    """A line of figures for an order's whole life, from an empty database on."""
    opened = Database.open(kind_of(database), database)
    orders = SqlOrderRepository(opened)
    ends: list[Change] = []
    completed = 0
    before = written(database)
    own, began = time.process_time(), time.monotonic()
    while time.monotonic() - began < seconds:
        orders.add([an_order(uuid4().hex) for _ in range(at_once)])
        now = datetime.now(UTC)
        start = partial(Order.start, now=now, lease=LEASE, owner=OWNER)
        done, started = orders.start_due(ends, start, now=now, horizon=now + HORIZON, limit=at_once)
        completed += sum(done)
        ends = [order.complete(datetime.now(UTC)) for order in started]
    rate = completed / (time.monotonic() - began)
    own = time.process_time() - own
    server = _cpu_seconds_of_backends(database)
    opened.close()
    after = written(database)
    sizes = _bytes_by_table(database)
    stored = completed + len(ends)
    return (
        f"{completed:,} orders, {at_once} at once: {rate:,.0f}/s; an order: "
        f"{(after.wal_bytes - before.wal_bytes) / completed:,.0f} B of WAL, "
        f"{(after.commits - before.commits) / completed:.3f} commits, "
        f"{server / completed * 1e6:.0f} us of the server's CPU, "
        f"{own / completed * 1e6:.0f} of ours; "
        f"on disk {', '.join(f'{table} {size / stored:,.0f} B' for table, size in sizes)}"
    )


def _cpu_seconds_of_backends(database: URL) -> float:
    psutil = importlib.import_module("psutil")
    name = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    pids = [pid for (pid,) in query(database, f"{name} AND pid <> pg_backend_pid()")]
    return float(sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids))


def _bytes_by_table(database: URL) -> list[tuple[str, int]]:
    """With all indexes, before any vacuum."""
    tables = "SELECT relname, pg_total_relation_size(relid) FROM pg_stat_user_tables"
    ours = "WHERE relname IN ('orders', 'order_events') ORDER BY relname"
    found = query(database, f"{tables} {ours}")
    return [(str(name), int(size)) for name, size in found]


def main(seconds: str = "10", at_once: str = "100") -> None:
    """Print the line."""
    with migrated_database("postgresql") as database:
        print(measure(database, float(seconds), int(at_once)))  # noqa: T201  # the answer


if __name__ == "__main__":
    main(*sys.argv[1:])
