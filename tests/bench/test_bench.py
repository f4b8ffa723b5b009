"""The bench in small: its table and its ratios, and each side that needs no other package."""

import importlib
import pkgutil
from pathlib import Path

import pytest

import bench.benchmarks
from bench import BenchFailed, raw
from bench.benchmarks import celery, create, latency, request_cpu, startup, write_cpu
from bench.benchmarks.registry import BENCHMARKS
from bench.context import Context
from bench.floor import create_app
from bench.report.line import Line, Value, at_least, at_most, at_most_more, under
from bench.report.table import ratios
from bench.rounds import in_turn, medians, minima
from bench.servers import ours
from tests.harness.contents import query
from tests.harness.database_servers import new_database, server_url


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(tmp_path, rounds=1, seconds=1)


def test_sides_are_measured_in_turn() -> None:
    calls: list[str] = []

    def measure(name: str) -> int:
        calls.append(name)
        return len(calls)

    measured = in_turn(2, {"ours": lambda: measure("ours"), "floor": lambda: measure("floor")})

    assert calls == ["ours", "floor", "ours", "floor"]
    assert measured == {"ours": [1, 3], "floor": [2, 4]}


def test_a_median_ignores_one_noisy_round() -> None:
    values = iter([10.0, 1000.0, 12.0])

    assert medians(3, {"ours": lambda: next(values)}) == {"ours": 12.0}


def test_the_least_of_many_is_what_no_other_work_added_to() -> None:
    values = iter([10.0, 1000.0, 12.0])

    assert minima(3, {"ours": lambda: next(values)}) == {"ours": 10.0}


@pytest.mark.parametrize(
    ("line", "ratio", "reached"),
    [
        (at_least("w", Value(60, "x/s"), Value(100, "x/s"), 0.6), "0.6x", True),
        (at_least("w", Value(59, "x/s"), Value(100, "x/s"), 0.6), "0.59x", False),
        (at_most("w", Value(12, "ms"), Value(10, "ms"), 1.2), "1.2x", True),
        (at_most("w", Value(13, "ms"), Value(10, "ms"), 1.2), "1.3x", False),
        (at_most_more("w", Value(90, "MB"), Value(40, "MB"), 50), "+50.0 MB", True),
        (at_most_more("w", Value(91, "MB"), Value(40, "MB"), 50), "+51.0 MB", False),
        (under("w", Value(99, "ms"), 100, Value(33, "ms")), "3x", True),
        (under("w", Value(100, "ms"), 100, Value(50, "ms")), "2x", False),
        (under("w", Value(100, "ms"), 100, Value(50, "ms"), judged=False), "2x", None),
    ],
)
def test_a_line_says_the_ratio_and_whether_it_is_reached(
    line: Line, ratio: str, reached: bool | None
) -> None:
    assert (line.ratio, line.reached) == (ratio, reached)


def test_the_table_shows_both_sides_of_every_line() -> None:
    lines = [at_least("create", Value(1234.5, "requests/s"), Value(2469, "requests/s"), 0.5)]

    assert ratios(lines).splitlines() == [
        "| work   | ours             | other side       | ratio | aim           | reached |",
        "| ------ | ---------------- | ---------------- | ----- | ------------- | ------- |",
        "| create | 1,234 requests/s | 2,469 requests/s | 0.5x  | at least 0.5x | yes     |",
    ]


def test_every_benchmark_is_registered() -> None:
    names = [module.name for module in pkgutil.iter_modules(bench.benchmarks.__path__)]
    modules = {importlib.import_module(f"bench.benchmarks.{name}").__name__ for name in names}

    assert modules - {run.__module__ for run in BENCHMARKS.values()} == {
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

    assert (per_second.aim, slowest.aim) == ("at least 0.4x", "under 100 ms")


def test_metrics_on_postgresql_are_compared_over_the_number_of_orders(context: Context) -> None:
    (line,) = latency.metrics_on_postgresql(context, sizes=(20, 10))

    assert line.work.endswith("with 20 orders against 10")
    assert line.aim == "at most 1.2x"


def test_a_celery_worker_is_compared_with_a_bare_one(context: Context) -> None:
    (line,) = celery.run(context, orders=1_000, tasks=200)

    assert line.work.startswith("process by a Celery worker, against bare Celery, 100 threads")
    assert line.aim == "at least 0.6x"
