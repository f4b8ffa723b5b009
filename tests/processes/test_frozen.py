"""A process that is frozen, as swapping or live migration of a machine does, and thawed."""

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests.harness.contents import check_that_nothing_is_lost, file_in
from tests.harness.service import running
from tests.harness.waits import LIMIT_SECONDS, wait_until

GATE = """
import time
from pathlib import Path

FOLDER = Path(__file__).parent

def wait_for_the_gate(order):
    (FOLDER / f"{order.order_id}.{order.attempt}").touch()
    while not (FOLDER / "open").exists():
        time.sleep(0.01)
"""


def test_a_frozen_workers_late_write_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "gate.py").write_text(GATE)
    slow: dict[str, Any] = {
        "PROCESSOR": "gate:wait_for_the_gate",
        "LEASE_SECONDS": 1,
        "SWEEP_SECONDS": 0.1,
    }
    with running(tmp_path, **slow) as frozen:
        frozen.create("order-1")
        wait_until((tmp_path / "order-1.1").exists)
        with nobody_writing(tmp_path):  # or it would keep the file locked
            processes = [frozen.pid, *frozen.children()]
            for pid in processes:
                os.kill(pid, signal.SIGSTOP)
            wait_until(lambda: all("State:\tT" in status(pid) for pid in processes))

        with running(tmp_path, **slow) as other:  # takes over after the lease
            wait_until((tmp_path / "order-1.2").exists)
            (tmp_path / "open").touch()
            wait_until(lambda: other.count("completed") == 1)
            before = other.get("/orders/order-1")
            for pid in reversed(processes):
                os.kill(pid, signal.SIGCONT)
            wait_until(lambda: "attempt 1 dropped" in frozen.log.read_text())

            assert other.get("/orders/order-1") == before
            assert other.terminate() == 0
        assert frozen.terminate() == 0

    check_that_nothing_is_lost(file_in(tmp_path), {"order-1"})


@contextmanager
def nobody_writing(folder: Path) -> Iterator[None]:
    """Nobody else is in the middle of a write to the SQLite file during the block."""
    with closing(sqlite3.connect(folder / "orders.db", LIMIT_SECONDS)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


def status(pid: int) -> str:
    return Path(f"/proc/{pid}/status").read_text()
