"""The service and a fulfilment system: real processes, real sockets, and orders that wait."""

import json
import socket
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from adapters.clock import SystemClock
from adapters.standard_webhooks import StandardWebhooks
from tests.harness.fulfilment import SECRET, FulfilmentSystem, answer, fulfilment
from tests.harness.processes import run_main
from tests.harness.service import Service, running
from tests.harness.waits import wait_until


def settings(system: FulfilmentSystem, **others: object) -> dict[str, Any]:
    return {
        "PROCESSOR": "http",
        "FULFILMENT_URL": system.url,
        "FULFILMENT_SECRET": SECRET,
        "LEASE_SECONDS": 3,
        "SWEEP_SECONDS": 0.1,
    } | others


def call_back(service: Service, order_id: str, attempt: int) -> int:
    """Report that the attempt is completed; returns the status of the answer."""
    body = json.dumps({"attempt": attempt, "result": "completed"}).encode()
    headers = StandardWebhooks(SECRET, SystemClock()).headers("msg_1", body)
    connection = HTTPConnection("127.0.0.1", service.port)
    try:
        connection.request(
            "POST",
            f"/orders/{order_id}/callback",
            body,
            headers | {"Content-Type": "application/json"},
        )
        return connection.getresponse().status
    finally:
        connection.close()


def test_an_order_that_is_accepted_waits_through_a_restart_and_is_completed_by_its_callback(
    tmp_path: Path,
) -> None:
    with fulfilment(answer(202)) as system:
        with running(tmp_path, **settings(system, MAX_WORKERS=1)) as service:
            service.create("A")
            service.create("B")  # one worker is enough, as neither order keeps it
            wait_until(lambda: len(system.received) == 2)
            assert service.terminate() == 0
        with running(tmp_path, **settings(system)) as service:
            assert service.count("Processing") == 2

            assert [call_back(service, "A", attempt) for attempt in (2, 1, 1)] == [409, 200, 200]

            assert service.get("/orders/A")[1]["status"] == "Completed"
            assert service.get("/orders/B")[1]["status"] == "Processing"
    assert len(system.received) == 2


def test_an_order_without_a_callback_is_sent_again_with_the_same_key(tmp_path: Path) -> None:
    with (
        fulfilment(answer(202)) as system,
        running(tmp_path, **settings(system, CALLBACK_SECONDS=1, MAX_ATTEMPTS=2)) as service,
    ):
        service.create("A")
        wait_until(lambda: service.count("Failed") == 1)

        shown = service.get("/orders/A")[1]

    assert shown["failure_reason"] == "no callback in time"
    assert [each.document["attempt"] for each in system.received] == [1, 2]
    assert {each.headers["idempotency-key"] for each in system.received} == {"A"}


def test_a_fulfilment_system_that_fails_now_and_then_gets_every_order_done(tmp_path: Path) -> None:
    busy = answer(503, Retry_After="0")
    with (
        fulfilment(answer(500), busy, socket.socket.close, answer(200)) as system,
        running(tmp_path, **settings(system)) as service,
    ):
        for number in range(20):
            service.create(f"O{number}")

        wait_until(lambda: service.count("Completed") == 20)
        log = service.log.read_text()
        assert service.terminate() == 0

    assert "Traceback" not in log
    assert "Unclosed" not in service.log.read_text()


@pytest.mark.parametrize("setting", ["FULFILMENT_URL", "FULFILMENT_SECRET"])
def test_a_setting_that_is_missing_ends_the_start_with_one_line(
    tmp_path: Path, setting: str
) -> None:
    with fulfilment(answer(200)) as system:
        ended = run_main(tmp_path, **settings(system) | {setting: ""})

    assert ended.returncode == 2
    assert f"needs ORDERS_{setting}" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
