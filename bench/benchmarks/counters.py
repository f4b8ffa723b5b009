"""What the counters cost while many write at once, on PostgreSQL.

The worst case: as orders come one by one, each is a transaction that changes the counters. By the
service's own write path in processes of their own, and by pgbench, whose processor time is small.
"""

from collections.abc import Callable, Iterator
from functools import partial

from adapters.sql.servers import COUNTER_SLOTS
from bench import pgbench, postgres
from bench.context import Context
from bench.processes import PYTHON
from bench.processes import run as run_command
from bench.report.line import Line, Value, at_least
from bench.rounds import medians

WRITERS = 16
LEAST = 0.5
COUNTING = ("slots", "none", "one")


def run(context: Context, writers: int = WRITERS) -> Iterator[Line]:
    """Orders added in a second."""

    def service(url: str, counting: str) -> float:
        command = [PYTHON, "-m", "bench.writers", counting, str(writers), str(context.seconds)]
        return float(run_command(command, context.folder, DATABASE_URL=url))

    def statements(url: str, counting: str) -> float:
        return pgbench.orders_per_second(url, counting, writers, context.seconds)

    work = f"{writers} writers on {postgres.server_name()}"
    yield from _compare(context, f"{work}, counters", service)
    yield from _compare(context, f"{work}, counters, by pgbench", statements)


def _compare(context: Context, work: str, measure: Callable[[str, str], float]) -> Iterator[Line]:
    def on_new_database(counting: str) -> float:
        with postgres.migrated() as url:
            return measure(url, counting)

    sides = {counting: partial(on_new_database, counting) for counting in COUNTING}
    measured = medians(context.rounds, sides)
    slots, none, one = (Value(measured[counting], "orders/s") for counting in COUNTING)
    yield at_least(f"{work}: {COUNTER_SLOTS} rows against none", slots, none, LEAST)
    yield at_least(f"{work}: one row against none", one, none)
