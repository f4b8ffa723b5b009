"""The bench in small: its table and its ratios, and each side that needs no other package."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import bench.benchmarks
from bench import BenchFailed, postgres, raw
from bench.benchmarks import (
    batch,
    celery,
    create,
    idle,
    latency,
    listing,
    open_transaction,
    request_cpu,
    several_processes,
    startup,
    ten_million,
    write_cpu,
)
from bench.benchmarks.registry import BENCHMARKS, BY_HAND
from bench.context import Context
from bench.engines.engine import tasks_per_second
from bench.engines.registry import AWA
from bench.floor import create_app
from bench.multiply import multiply
from bench.report.line import Line
from bench.servers import ours
from tests.harness import Missing
from tests.harness.contents import query
from tests.harness.database_servers import migrated_database, new_database, server_url
from tests.harness.processes import run as run_command

LACKING = """
from bench import __main__ as bench
from tests.harness import Missing

def lacks(context):
    raise Missing("no engine: install one")
    yield

bench.BENCHMARKS["read"] = lacks
bench.main(["read"])
"""


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(tmp_path, rounds=1, seconds=1)


def test_every_benchmark_is_registered() -> None:
    names = [module.name for module in pkgutil.iter_modules(bench.benchmarks.__path__)]
    modules = {importlib.import_module(f"bench.benchmarks.{name}").__name__ for name in names}

    assert modules - {run.__module__ for run in (BENCHMARKS | BY_HAND).values()} == {
        "bench.benchmarks.registry"
    }


def test_the_service_is_compared_with_the_floor(context: Context) -> None:
    (line,) = startup.run(context)

    assert line.ours.endswith(" s")
    assert line.other.endswith(" s")
    assert line.ratio.endswith("x")


def test_the_cpu_of_requests_is_compared_with_the_floors(context: Context) -> None:
    read, create = request_cpu.run(context, batches=1)

    assert (read.aim, create.aim) == ("at most 1.7x", "at most 1.55x")


def test_batches_are_compared_with_populate(context: Context) -> None:
    (line,) = batch.run(context, orders=2_000)

    assert line.ours.endswith(" orders/s")
    assert line.aim == "at least 0.6x"


def test_an_answer_that_is_an_error_has_no_cpu_measured() -> None:
    with pytest.raises(BenchFailed, match="answered"):
        request_cpu.cpu_us(create_app(), [request_cpu.get("/absent")])


def test_the_cpu_of_an_orders_two_changes_is_measured(context: Context) -> None:
    (line,) = write_cpu.run(context, groups=2)

    assert line.ours.endswith(" us")


def test_an_answer_that_is_an_error_is_not_measured() -> None:
    with ours() as server, pytest.raises(BenchFailed, match="was answered 404"):
        server.client.seconds("/orders/absent")


def test_the_raw_side_writes_what_the_service_writes(context: Context) -> None:
    source, target = context.database(1_000), context.new_database("target")

    raw.insert(str(source.database), str(target.database))

    for table in ("orders", "order_events", "order_counters"):
        content = f"SELECT * FROM {table} ORDER BY 1"
        assert query(target, content) == query(source, content)


def test_a_database_on_postgresql_is_ours_and_dropped_afterwards() -> None:
    with new_database("postgresql") as url:
        assert query(url, "SELECT count(*) FROM pg_stat_user_tables") == [(0,)]

    found = f"SELECT count(*) FROM pg_database WHERE datname = '{url.database}'"
    assert query(server_url("postgresql"), found) == [(0,)]


def test_creating_on_postgresql_is_compared_with_the_floor(context: Context) -> None:
    per_second, slowest = create.on_postgresql(context)

    assert (per_second.aim, slowest.aim) == ("at least 0.45x", "under 100 ms")


def test_metrics_on_postgresql_are_compared_over_the_number_of_orders(context: Context) -> None:
    (line,) = latency.metrics_on_postgresql(context, sizes=(20, 10))

    assert line.work.endswith("with 20 orders against 10")
    assert line.aim == "at most 1.2x"


@pytest.mark.parametrize("run", [listing.on_postgresql, listing.on_mariadb])
def test_a_deep_page_is_compared_with_the_first(
    context: Context, run: Callable[..., Iterator[Line]]
) -> None:
    (line,) = run(context, orders=200, page=3)

    assert line.work.endswith("page 3 against page 1, 200 orders")
    assert line.aim == "at most 1.2x"


@pytest.mark.parametrize("run", [celery.on_redis, celery.on_rabbitmq])
def test_a_celery_worker_is_compared_with_a_bare_one(
    context: Context, run: Callable[..., Iterator[Line]]
) -> None:
    (line,) = run(context, orders=200, tasks=200)

    assert line.work.endswith("against bare Celery, 100 threads")
    assert line.aim == "at least 1, then 2x"
    assert line.ratio.endswith("x")


def test_an_engine_that_is_not_installed_is_missing(context: Context) -> None:
    absent = replace(AWA, package="no_such_engine")

    with pytest.raises(Missing, match="no awa, 100 workers: this platform has no no_such_engine"):
        tasks_per_second(absent, "postgresql:///", tasks=1)


def test_what_this_machine_lacks_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "lacking.py").write_text(LACKING)

    result = run_command(tmp_path, "python", "lacking.py")

    assert result.returncode == 0, result.stderr
    assert (
        result.stdout.strip().splitlines()[-1] == "read was not measured: no engine: install one."
    )


def test_a_server_tells_what_was_written_for_one_database() -> None:
    with migrated_database("postgresql") as url:
        before = postgres.written(url)
        query(url, "INSERT INTO order_feed VALUES (1)")
        after = postgres.written(url)

    assert after.commits > before.commits
    assert after.wal_bytes > before.wal_bytes


def test_processing_is_measured_while_a_transaction_is_open(context: Context) -> None:
    (line,) = open_transaction.run(replace(context, span=1))

    assert line.work.endswith("a transaction open for 1 s")


def test_a_snapshot_that_is_left_open_keeps_what_it_has_read() -> None:
    with migrated_database("postgresql") as url, postgres.open_snapshot(url):
        idle = "state = 'idle in transaction' AND backend_xmin IS NOT NULL"
        found = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{url.database}' AND {idle}"

        assert query(server_url("postgresql"), found) == [(1,)]


def test_four_processes_are_compared_with_one(context: Context) -> None:
    (line,) = several_processes.speed(context, orders=6_000)

    assert line.aim == "at least 3x"


def test_what_an_order_waits_on_an_idle_service_is_read_from_its_row(context: Context) -> None:
    (line,) = idle.run(context, orders=5)

    assert line.ours.endswith(" ms")


def test_a_database_is_multiplied_with_its_events_and_counters(context: Context) -> None:
    database = context.copy_of_database(10, "some")

    multiply(database, orders=10, times=101)

    counts = "SELECT count(*), count(DISTINCT order_id), min(order_id), {} FROM {}"
    for table in ("orders", "order_events"):
        (found,) = query(database, counts.format("max(length(order_id))", table))
        assert found == (1_010, 1_010, "sim_bench_1", len("sim_bench_1010"))
    assert query(database, "SELECT sum(pending) FROM order_counters") == [(1_010,)]


def test_very_many_orders_are_compared_with_some(context: Context) -> None:
    lines = list(ten_million.run(context, times=2))

    assert [line.work for line in lines] == [
        f"{work}, with 2,000 orders against 1,000"
        for work in ("metrics", "status", "find due", "create")
    ]
