"""A disk with no room, and a crash in the middle of a group."""

import resource
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from tests.harness.contents import rows
from tests.harness.service import Service, running
from tests.harness.waits import wait_until

IDLE: dict[str, Any] = {"PROCESSING_SECONDS": 3600, "MAX_WORKERS": 1, "DRAIN_SECONDS": 0}
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def test_without_room_a_create_is_503_and_the_service_resumes_by_itself(
    tmp_path: Path,
) -> None:
    with running(tmp_path, **IDLE) as service:
        assert service.create("before") == 201
        (worker,) = service.children()
        written = max(path.stat().st_size for path in tmp_path.glob("orders.db*"))

        resource.prlimit(worker, resource.RLIMIT_FSIZE, (written, resource.RLIM_INFINITY))
        wait_until(lambda: service.create(f"fill-{time.monotonic_ns()}") == 503)
        with ThreadPoolExecutor(8) as pool:
            statuses = set(pool.map(service.create, (f"refused-{n}" for n in range(40))))
        read_while_full = service.get("/orders/before")[0]
        wait_until(lambda: service.get("/readyz")[0] == 503)

        resource.prlimit(worker, resource.RLIMIT_FSIZE, UNLIMITED)
        wait_until(lambda: service.create(f"after-{time.monotonic_ns()}") == 201)
        wait_until(lambda: service.get("/readyz")[0] == 200)
        refused = [service.get(f"/orders/refused-{n}")[0] for n in range(40)]

        assert statuses == {503}
        assert read_while_full == 200
        assert set(refused) == {404}  # no row without a 201
        service.terminate()
    check_that_all_agree(tmp_path)


def test_a_file_that_is_deleted_takes_no_more_orders_and_is_one_line_of_the_log(
    tmp_path: Path,
) -> None:
    with running(tmp_path, **IDLE) as service:
        assert service.create("before") == 201
        wait_until(lambda: service.count("processing") == 1)  # so it cannot be given back
        (tmp_path / "orders.db").unlink()

        assert [service.create(f"after-{number}") for number in range(20)] == [503] * 20
        wait_until(lambda: service.get("/readyz")[0] == 503)
        assert service.terminate() == 0
        log = service.log.read_text()

    assert log.count("orders.db is gone; put it back, or start the service again") == 1
    assert "Traceback" not in log


def test_a_file_that_is_replaced_loses_none_of_its_orders(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with running(tmp_path / "other", **IDLE) as other:
        other.post("/orders/populate", {"total_entries": 50})
        other.terminate()
    with running(tmp_path, **IDLE) as service:
        assert service.create("of-the-old-file") == 201
        (tmp_path / "other" / "orders.db").replace(tmp_path / "orders.db")
        assert service.create("lost") == 503
        service.kill()

    with running(tmp_path, **IDLE) as service:
        assert service.get("/orders/metrics")[1]["total_orders"] == 50
        service.terminate()
    check_that_all_agree(tmp_path)


def test_not_ready_while_another_process_keeps_the_file_locked(tmp_path: Path) -> None:
    with running(tmp_path, **IDLE) as service:
        wait_until(lambda: service.get("/readyz")[0] == 200)
        lock = subprocess.Popen(
            [sys.executable, "-c", LOCK, str(tmp_path / "orders.db")], stdin=subprocess.PIPE
        )
        wait_until(lambda: service.get("/readyz")[0] == 503)
        assert service.get("/healthz")[0] == 200
        lock.communicate()  # its end
        wait_until(lambda: service.get("/readyz")[0] == 200)
        assert service.terminate() == 0


# In a process of its own, with the library that the service uses.
LOCK = """
import sys
from adapters.sql.databases.sqlite_library import choose_library
connection = choose_library().module.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
sys.stdin.read()
"""


def test_a_crash_in_the_middle_of_a_group_leaves_all_or_nothing_of_each_call(
    tmp_path: Path,
) -> None:
    acknowledged: set[str] = set()
    for round_number in range(3):
        with running(tmp_path, **IDLE) as service, ThreadPoolExecutor(9) as pool:
            before = service.count("pending")
            pool.submit(service.post, "/orders/populate", {"total_entries": 100_000})
            names = [f"order-{round_number}-{creator}" for creator in range(8)]
            creating = [
                pool.submit(service.create_until_it_dies, (f"{name}-{n}" for n in range(100_000)))
                for name in names
            ]
            wait_until(partial(has_pending, service, before + 2_000))
            service.kill()
            for future in creating:
                acknowledged |= future.result()

    check_that_all_agree(tmp_path)
    stored = {row[0] for row in rows(tmp_path, "SELECT order_id FROM orders")}
    assert acknowledged <= stored
    chunks = rows(tmp_path, "SELECT count(*) FROM orders WHERE order_id LIKE 'sim_%'")
    assert chunks[0][0] % 500 == 0  # populate stores 500 in each call


def has_pending(service: Service, goal: int) -> bool:
    return service.count("pending") >= goal


def check_that_all_agree(folder: Path) -> None:
    """Rows, history and counters say the same."""
    stored = rows(folder, "SELECT count(*) FROM orders")
    assert stored == rows(folder, "SELECT count(DISTINCT order_id) FROM order_events")
    assert stored == rows(folder, "SELECT sum(pending + processing) FROM order_counters")
    last = "SELECT count(*) FROM orders JOIN order_events USING (order_id, seq, status, attempt)"
    assert stored == rows(folder, last)
    assert rows(folder, "PRAGMA integrity_check") == [("ok",)]
