"""A clean stop: drains, gives orders back, and exits with 0; waits for nothing that may not end."""

import os
import signal
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.harness.contents import check_that_nothing_is_lost, file_in, rows
from tests.harness.service import Service, running
from tests.harness.waits import wait_until

HALF_A_BODY = (
    b"POST /orders/ HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
    b"Content-Length: 100\r\n\r\n{"
)
HOUR_SECONDS = 3_600  # whoever waits for the end of something that long does not stop
SLEEPER = """
import time

def for_an_hour(order):
    time.sleep(3600)
"""
GATE = """
import pathlib, time

def wait(order):
    while not pathlib.Path("open").exists():
        time.sleep(0.01)
"""


@pytest.fixture
def sleeper(tmp_path: Path) -> Path:
    (tmp_path / "sleeper.py").write_text(SLEEPER)
    return tmp_path


def test_sigterm_under_load_loses_nothing_and_burns_no_failure(tmp_path: Path) -> None:
    settings: dict[str, Any] = {
        "PROCESSING_SECONDS": "0.2-0.5",
        "LEASE_SECONDS": HOUR_SECONDS,
        "DRAIN_SECONDS": 0.1,
    }
    with running(tmp_path, **settings) as service, ThreadPoolExecutor(4) as pool:
        creating = [
            pool.submit(
                service.create_until_it_dies, (f"order-{n}" for n in range(first, 40_000, 4))
            )
            for first in range(4)
        ]
        wait_until(lambda: service.count("completed") >= 20)

        assert service.terminate() == 0

        acknowledged = set().union(*(future.result() for future in creating))
    assert len(acknowledged) < 40_000
    assert rows(tmp_path, "SELECT count(*) FROM orders WHERE status = 'Processing'") == [(0,)]
    assert rows(tmp_path, "SELECT max(failures), max(crashes) FROM orders") == [(0, 0)]
    released = rows(tmp_path, "SELECT count(*) FROM order_events WHERE kind = 'released'")
    assert released[0][0] > 0  # the drain was too short for some: given back, not cut off

    with running(tmp_path, PROCESSING_SECONDS=0, LEASE_SECONDS=HOUR_SECONDS) as service:
        # Nothing waits for a lease to end.
        wait_until(lambda: service.count("pending") + service.count("processing") == 0)
        assert service.terminate() == 0
    check_that_nothing_is_lost(file_in(tmp_path), acknowledged)


def signal_it(service: Service) -> None:
    service.process.send_signal(signal.SIGTERM)


def signal_the_group(service: Service) -> None:
    """As Ctrl-C does, and `timeout 60 make run`: all processes, and some of them repeatedly."""
    for _ in range(3):
        os.killpg(service.pid, signal.SIGINT)
        os.kill(service.pid, signal.SIGTERM)


@pytest.mark.parametrize("stop", [signal_it, signal_the_group])
def test_a_stop_waits_for_running_orders(tmp_path: Path, stop: Callable[[Service], None]) -> None:
    (tmp_path / "gate.py").write_text(GATE)
    settings: dict[str, Any] = {"PROCESSOR": "gate:wait", "DRAIN_SECONDS": HOUR_SECONDS}
    with running(tmp_path, **settings) as service:
        service.create("order-1")
        wait_until(lambda: service.count("processing") == 1)

        stop(service)

        wait_until(lambda: not is_listening(service))
        (tmp_path / "open").touch()
        assert service.wait() == 0

    assert [path.name for path in tmp_path.glob("*.db*")] == ["orders.db"]  # whole, in one file
    check_that_nothing_is_lost(file_in(tmp_path), {"order-1"})


def is_listening(service: Service) -> bool:
    try:
        socket.create_connection(("127.0.0.1", service.port)).close()
    except ConnectionRefusedError:
        return False
    return True


def test_a_processor_that_outlasts_the_drain_does_not_hold_up_the_exit(sleeper: Path) -> None:
    with running(sleeper, PROCESSOR="sleeper:for_an_hour", DRAIN_SECONDS=0.5) as service:
        service.create("order-1")
        wait_until(lambda: service.count("processing") == 1)

        assert service.terminate() == 0

    given_back = rows(sleeper, "SELECT status, failures, crashes, owner FROM orders")
    assert given_back == [("Pending", 0, 0, None)]


def test_a_client_that_never_finishes_does_not_hold_up_the_drain(sleeper: Path) -> None:
    settings: dict[str, Any] = {"PROCESSOR": "sleeper:for_an_hour", "DRAIN_SECONDS": 1}
    with running(sleeper, **settings) as service:
        service.create("order-1")
        wait_until(lambda: service.count("processing") == 1)
        with socket.create_connection(("127.0.0.1", service.port)) as client:
            client.sendall(HALF_A_BODY)

            assert service.terminate() == 0

    assert rows(sleeper, "SELECT status, crashes FROM orders") == [("Pending", 0)]


def test_a_stop_in_the_middle_of_a_populate_gives_back_what_runs(sleeper: Path) -> None:
    settings: dict[str, Any] = {"PROCESSOR": "sleeper:for_an_hour", "DRAIN_SECONDS": 1}
    with running(sleeper, **settings) as service, ThreadPoolExecutor(5) as pool:
        batch = {"total_entries": 100_000}
        populating = [pool.submit(service.post, "/orders/populate", batch) for _ in range(5)]
        wait_until(lambda: service.count("processing") > 0)

        assert service.terminate() == 0

        assert any(isinstance(one.exception(), OSError) for one in populating)
    assert rows(sleeper, "SELECT count(*) FROM orders WHERE status != 'Pending'") == [(0,)]
    counted = rows(sleeper, "SELECT count(*) FROM orders")
    assert rows(sleeper, "SELECT sum(pending) FROM order_counters") == counted


def test_a_second_signal_ends_it_at_once(sleeper: Path) -> None:
    with running(sleeper, PROCESSOR="sleeper:for_an_hour", DRAIN_SECONDS=HOUR_SECONDS) as service:
        service.create("order-1")
        wait_until(lambda: service.count("processing") == 1)

        assert service.terminate_impatiently() == 1
