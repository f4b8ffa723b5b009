"""Two services on one file: they share the work, and neither starves the other."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.harness.contents import check_that_nothing_is_lost, file_in, rows
from tests.harness.service import Service, running
from tests.harness.waits import p90, wait_until

FAST: dict[str, Any] = {"PROCESSING_SECONDS": "0.01-0.05", "SWEEP_SECONDS": 0.1}


def test_two_services_share_one_backlog_and_complete_each_order_once(tmp_path: Path) -> None:
    with running(tmp_path, **FAST) as one, running(tmp_path, **FAST) as two:
        one.post("/orders/populate", {"total_entries": 1_000, "batch_id": "shared"})
        wait_until(lambda: two.count("completed") == 1_000)
        assert one.terminate() == 0
        assert two.terminate() == 0

    owners = rows(tmp_path, "SELECT count(*) FROM order_events WHERE kind = 'started'")
    assert owners == [(1_000,)]
    check_that_nothing_is_lost(file_in(tmp_path), {f"sim_shared_{n}" for n in range(1, 1_001)})


def test_neither_keeps_the_other_from_writing(tmp_path: Path) -> None:
    idle: dict[str, Any] = {"PROCESSING_SECONDS": 60, "MAX_WORKERS": 1}
    with (
        running(tmp_path, **idle) as busy,
        running(tmp_path, **idle) as patient,
        ThreadPoolExecutor(5) as pool,
    ):
        stop = threading.Event()
        populating = pool.submit(populate_until, stop, busy)
        creating = [pool.submit(create_until, stop, busy, f"busy-{n}") for n in range(3)]

        patient_waits = [create(patient, f"patient-{number}") for number in range(50)]

        stop.set()
        busy_waits = [seconds for future in creating for seconds in future.result()]
        assert populating.result() > 0

    # One that is starved waits for five seconds and more, each time.
    assert p90(patient_waits) <= 5 * p90(busy_waits) + 0.5


def populate_until(stop: threading.Event, service: Service) -> int:
    """Write in bulk without a pause; returns how many batches there were."""
    batches = 0
    while not stop.is_set():
        assert service.post("/orders/populate", {"total_entries": 10_000})[0] == 201
        batches += 1
    return batches


def create_until(stop: threading.Event, service: Service, name: str) -> list[float]:
    """Create orders one after another; returns how many seconds each took."""
    waits: list[float] = []
    while not stop.is_set():
        waits.append(create(service, f"{name}-{len(waits)}"))
    return waits


def create(service: Service, order_id: str) -> float:
    """Create an order; returns how many seconds it took."""
    began = time.monotonic()
    assert service.create(order_id) == 201
    return time.monotonic() - began
