"""The copy command, as somebody moves to a server with it: killed, interrupted, and served."""

import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, inspect, text

from tests.harness.database_servers import new_database
from tests.harness.service import (
    BIN,
    LIMIT_SECONDS,
    ROOT,
    Service,
    environment,
    rows,
    running,
    wait_until,
)
from tests.processes.test_command_line import run

ORDERS = 20_000  # takes a second to copy


@pytest.fixture
def database() -> Iterator[URL]:
    """An empty one, without a schema."""
    with new_database("postgresql") as url:
        yield url


def address(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def file_in(folder: Path) -> str:
    return f"sqlite:///{folder}/orders.db"


def start_copy(folder: Path, target: URL) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            str(BIN / "python"),
            "main.py",
            "copy",
            "--from",
            file_in(folder),
            "--to",
            address(target),
        ],
        cwd=ROOT,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def count_orders(url: URL) -> int:
    engine = create_engine(url)
    try:
        if not inspect(engine).has_table("orders"):
            return 0
        with engine.connect() as connection:
            count: int = connection.execute(text("SELECT count(*) FROM orders")).scalar_one()
            return count
    finally:
        engine.dispose()


@pytest.mark.parametrize(
    ("signum", "exit_code"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)]
)
def test_a_copy_that_was_broken_off_is_finished_by_the_same_command(
    database: URL, tmp_path: Path, signum: int, exit_code: int
) -> None:
    assert run(tmp_path, "populate", str(ORDERS), "--batch-id", "b").returncode == 0
    copying = start_copy(tmp_path, database)
    wait_until(lambda: count_orders(database) > 0)
    copying.send_signal(signum)
    _, told = copying.communicate(timeout=LIMIT_SECONDS)
    there = count_orders(database)
    assert 0 < there < ORDERS

    assert copying.returncode == exit_code
    assert "Traceback" not in told
    assert (signum == signal.SIGINT) == ("Interrupted: the same command goes on from here" in told)
    assert_no_service_starts(database, tmp_path)

    finished = run(tmp_path, "copy", "--from", file_in(tmp_path), "--to", address(database))
    assert finished.returncode == 0, finished.stderr
    assert f"Going on: {there:,} of {ORDERS:,} orders are there." in finished.stdout
    assert f"orders: {ORDERS:,} rows, sha256 " in finished.stdout
    assert f"all {ORDERS:,} verified" in finished.stdout
    with running(tmp_path, DATABASE_URL=address(database)) as service:
        assert service.get("/orders/metrics")[1]["total_orders"] == ORDERS
        assert service.get(f"/orders/sim_b_{ORDERS}")[0] == 200
        assert service.create("sim_b_1") == 400  # taken
        wait_until(lambda: service.count("completed") > 0)
    assert rows(tmp_path, "SELECT count(*), max(status) FROM orders") == [(ORDERS, "Pending")]


def assert_no_service_starts(database: URL, folder: Path) -> None:
    service = Service(folder, DATABASE_URL=address(database))
    service.launch()
    assert service.process is not None
    assert service.process.wait(LIMIT_SECONDS) == 2
    assert service.log.read_text() == (
        f"error: ORDERS_DATABASE_URL={database!r}: the database holds a part of a copy only;"
        " run python main.py copy again\n"
    )


def test_half_a_copy_is_not_served_from_an_embedded_database_either(tmp_path: Path) -> None:
    run(tmp_path, "migrate")
    with closing(sqlite3.connect(tmp_path / "orders.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'copying 0000'")

    result = run(tmp_path, "serve")

    assert result.returncode == 2
    assert "holds a part of a copy only" in result.stderr
