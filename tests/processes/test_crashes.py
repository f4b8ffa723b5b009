"""kill -9 and poison: what was answered with 201 is never lost."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from tests.harness.contents import check_that_nothing_is_lost, file_in, rows
from tests.harness.service import Service, running
from tests.harness.waits import wait_until

FAST: dict[str, Any] = {"PROCESSING_SECONDS": "0.05-0.2", "LEASE_SECONDS": 1, "SWEEP_SECONDS": 0.1}

SQLITE_OF_A_DISTRIBUTION = """
import sqlite3, sys
sqlite3.sqlite_version_info = (3, 46, 1)  # can corrupt a WAL
sys.modules["pysqlite3"] = None  # there is no other
"""


def ids(numbers: range) -> list[str]:
    return [f"order-{number}" for number in numbers]


@pytest.mark.usefixtures("fresh_processes")
def test_kill_9_during_500_orders_loses_none_and_completes_each_once(tmp_path: Path) -> None:
    with running(tmp_path, **FAST) as service, ThreadPoolExecutor(8) as pool:
        creating = [
            pool.submit(service.create_until_it_dies, ids(range(first, 500, 8)))
            for first in range(8)
        ]
        wait_until(lambda: service.count("completed") >= 60)
        service.kill()
        acknowledged = set().union(*(future.result() for future in creating))
    assert acknowledged

    with running(tmp_path, **FAST) as service:
        for order_id in {*ids(range(500))} - acknowledged:
            assert service.create(order_id) in {201, 400}  # stored before it could be answered
        wait_until(lambda: service.count("completed") == 500)
        assert service.terminate() == 0

    check_that_nothing_is_lost(file_in(tmp_path), {*ids(range(500))})


@pytest.mark.usefixtures("fresh_processes")
def test_kill_9_loses_nothing_where_only_a_rollback_journal_is_safe(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(SQLITE_OF_A_DISTRIBUTION)
    with running(tmp_path, **FAST) as service:
        assert "rollback journal" in service.log.read_text()
        acknowledged = service.create_until_it_dies(ids(range(20)))
        assert len(acknowledged) == 20
        assert not (tmp_path / "orders.db-wal").exists()
        service.kill()

    with running(tmp_path, **FAST) as service:
        wait_until(lambda: service.count("completed") == 20)
        assert service.terminate() == 0

    check_that_nothing_is_lost(file_in(tmp_path), acknowledged)


def test_no_process_outlives_its_main_process(tmp_path: Path) -> None:
    with running(tmp_path, **FAST) as service:
        (worker,) = service.children()

        os.kill(service.pid, signal.SIGKILL)

        wait_until(lambda: not is_running(worker))


def test_a_killed_worker_process_is_replaced(tmp_path: Path) -> None:
    with running(tmp_path, **FAST) as service:
        (worker,) = service.children()
        assert service.create("before") == 201

        os.kill(worker, signal.SIGKILL)

        wait_until(lambda: service.children() not in ([], [worker]) and service.answers())
        wait_until(lambda: service.count("completed") == 1)


def test_a_poison_order_ends_failed_and_its_neighbours_completed(tmp_path: Path) -> None:
    (tmp_path / "poison.py").write_text(POISON)
    settings = FAST | {"PROCESSOR": "poison:process", "MAX_CRASHES": 5}
    innocents = {f"innocent-{number}" for number in range(10)}

    with running(tmp_path, **settings) as service:
        for order_id in ["poison", *innocents]:
            create_despite_restarts(service, order_id)
        wait_until(lambda: survives(lambda: service.count("failed") == 1))
        wait_until(lambda: survives(lambda: service.count("completed") == 10))
        assert service.get("/orders/poison")[1]["failure_reason"] == "attempt 5 went silent"
        assert service.terminate() == 0

    completed = rows(tmp_path, "SELECT order_id FROM orders WHERE status = 'Completed'")
    assert {row[0] for row in completed} == innocents


def create_despite_restarts(service: Service, order_id: str) -> None:
    wait_until(lambda: survives(lambda: service.create(order_id) in {201, 400}))


def survives(question: Callable[[], bool]) -> bool:
    """The answer, or False while the server restarts, which may cut an answer off."""
    try:
        return question()
    except (OSError, HTTPException):
        return False


def is_running(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


POISON = """
import os, signal, time

def process(order):
    time.sleep(0.05)
    if order.order_id == "poison":
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.05)
"""


def test_workers_that_all_hang_make_a_process_unready_and_are_named_in_the_log(
    tmp_path: Path,
) -> None:
    hangs = FAST | {"PROCESSING_SECONDS": 3600, "MAX_WORKERS": 2, "STALLED_SECONDS": 1}
    with running(tmp_path, **hangs, DRAIN_SECONDS=0) as service:
        wait_until(lambda: service.get("/readyz")[0] == 200)  # it knows of no pause by then
        for number in range(2):
            service.create(f"hangs-{number}")
        service.create("waits")

        wait_until(lambda: service.get("/readyz")[0] == 503)

        assert service.terminate() == 0
    log = service.log.read_text()
    for number in range(2):
        assert log.count(f"order hangs-{number}: attempt 1 still runs after 1 s") == 1
    assert "order waits" not in log


def test_workers_that_all_hang_before_a_backlog_make_a_process_unready(tmp_path: Path) -> None:
    hangs = FAST | {"PROCESSING_SECONDS": 3600, "MAX_WORKERS": 2, "STALLED_SECONDS": 1}
    with running(tmp_path, **hangs, DRAIN_SECONDS=0) as service:
        wait_until(lambda: service.get("/readyz")[0] == 200)

        service.post("/orders/populate", {"total_entries": 3})  # they wait in the database alone

        wait_until(lambda: service.get("/readyz")[0] == 503)
        assert service.terminate() == 0
