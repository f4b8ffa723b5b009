"""The copy command, on the way to a server: killed, interrupted, finished, and served."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, inspect

from tests.harness.contents import file_in, query, rows
from tests.harness.database_servers import new_database
from tests.harness.processes import MAIN, Process, launched, run_main
from tests.harness.service import Service, running
from tests.harness.waits import wait_until

ORDERS = 20_000  # takes a second to copy


@pytest.fixture
def database() -> Iterator[URL]:
    """An empty database, without a schema."""
    with new_database("postgresql") as url:
        yield url


def address(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def count_orders(url: URL) -> int:
    engine = create_engine(url)
    try:
        if not inspect(engine).has_table("orders"):
            return 0
    finally:
        engine.dispose()
    count: int = query(url, "SELECT count(*) FROM orders")[0][0]
    return count


@pytest.mark.parametrize(
    ("signum", "exit_code"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)]
)
def test_a_copy_that_was_broken_off_is_finished_by_the_same_command(
    database: URL, tmp_path: Path, signum: int, exit_code: int
) -> None:
    assert run_main(tmp_path, "populate", str(ORDERS), "--batch-id", "b").returncode == 0
    command = ("copy", "--from", address(file_in(tmp_path)), "--to", address(database))
    copying = Process(tmp_path, "python", MAIN, *command)
    with launched(copying):
        wait_until(lambda: count_orders(database) > 0)
        ended_with = copying.terminate(signum)
    written = copying.log.read_text()
    there = count_orders(database)
    assert 0 < there < ORDERS

    assert ended_with == exit_code
    assert "Traceback" not in written
    interrupted = "Interrupted: the same command resumes it" in written
    assert interrupted == (signum == signal.SIGINT)
    assert_no_service_starts(database, tmp_path)

    finished = run_main(tmp_path, *command)
    assert finished.returncode == 0, finished.stderr
    assert f"Resuming: {there:,} of {ORDERS:,} orders are there already." in finished.stdout
    assert f"orders: {ORDERS:,} rows, sha256 " in finished.stdout
    assert f"all {ORDERS:,} verified" in finished.stdout
    with running(tmp_path, DATABASE_URL=database) as service:
        assert service.get("/orders/metrics")[1]["total_orders"] == ORDERS
        assert service.get(f"/orders/sim_b_{ORDERS}")[0] == 200
        assert service.create("sim_b_1") == 400  # taken
        wait_until(lambda: service.count("completed") > 0)
    assert rows(tmp_path, "SELECT count(*), max(status) FROM orders") == [(ORDERS, "Pending")]


def assert_no_service_starts(database: URL, folder: Path) -> None:
    with launched(Service(folder, DATABASE_URL=database)) as service:
        assert service.wait() == 2
    assert service.log.read_text() == (
        f"error: ORDERS_DATABASE_URL={database!r}: the database holds a part of a copy only;"
        " run python main.py copy again\n"
    )


def test_half_a_copy_is_not_served_from_an_embedded_database_either(tmp_path: Path) -> None:
    run_main(tmp_path, "migrate")
    rows(tmp_path, "UPDATE alembic_version SET version_num = 'copying 0000'")

    result = run_main(tmp_path, "serve")

    assert result.returncode == 2
    assert "holds a part of a copy only" in result.stderr
