"""Two services on one file: they share the work, and neither starves the other."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.processes.service import (
    Service,
    check_that_nothing_is_lost,
    rows,
    running,
    wait_until,
)

FAST: dict[str, Any] = {"PROCESSING_SECONDS": "0.01-0.05", "SWEEP_SECONDS": 0.1}


def test_two_services_share_one_backlog_and_complete_each_order_once(tmp_path: Path) -> None:
    with running(tmp_path, **FAST) as one, running(tmp_path, **FAST) as two:
        one.post("/orders/populate", {"total_entries": 2_000, "batch_id": "shared"})
        wait_until(lambda: two.count("completed") == 2_000)
        assert one.terminate() == 0
        assert two.terminate() == 0

    owners = rows(tmp_path, "SELECT count(*) FROM order_events WHERE kind = 'started'")
    assert owners == [(2_000,)]
    check_that_nothing_is_lost(tmp_path, {f"sim_shared_{n}" for n in range(1, 2_001)})


def test_no_write_of_either_waits_over_a_second(tmp_path: Path) -> None:
    idle: dict[str, Any] = {"PROCESSING_SECONDS": 60, "MAX_WORKERS": 1}
    with (
        running(tmp_path, **idle) as busy,
        running(tmp_path, **idle) as patient,
        ThreadPoolExecutor(5) as pool,
    ):
        stop = threading.Event()
        populating = pool.submit(populate_until, stop, busy)
        creating = [pool.submit(create, busy, f"busy-{n}", 300) for n in range(3)]

        waits = create(patient, "patient", 100)

        for future in creating:
            waits += future.result()
        stop.set()
        assert populating.result() > 0

    assert max(waits) < 1.0


def populate_until(stop: threading.Event, service: Service) -> int:
    """Write in bulk without a pause; returns how many batches there were."""
    batches = 0
    while not stop.is_set():
        assert service.post("/orders/populate", {"total_entries": 10_000})[0] == 201
        batches += 1
    return batches


def create(service: Service, name: str, count: int) -> list[float]:
    """Create orders; returns how many seconds each took."""
    waits = []
    for number in range(count):
        began = time.monotonic()
        assert service.create(f"{name}-{number}") == 201
        waits.append(time.monotonic() - began)
    return waits
