"""Pause, resume and limits with real processes: by command, by route, and through kill -9."""

import getpass
from pathlib import Path
from typing import Any

import pytest

from tests.harness.contents import check_that_nothing_is_lost, file_in, rows
from tests.harness.processes import run_main
from tests.harness.service import Service, running
from tests.harness.waits import wait_until

SWEEPS = 10
OFTEN_SECONDS = 0.03  # not to miss what comes and goes
FAST: dict[str, Any] = {"PROCESSING_SECONDS": 0, "SWEEP_SECONDS": 0.1}


def test_a_pause_outlives_kill_9_and_a_resumed_service_completes_what_came(
    tmp_path: Path,
) -> None:
    paused = run_main(tmp_path, "pause", "--reason", "stocktaking")
    with running(tmp_path, **FAST) as service:
        assert service.create("before") == 201
        service.kill()
    with running(tmp_path, **FAST) as service:
        assert [service.create(f"o{number}") for number in range(20)] == [201] * 20
        flow = service.get("/flow")[1]
        sweeps_later(service)
        assert service.count("pending") == 21

        resumed = run_main(tmp_path, "resume")
        wait_until(lambda: service.count("completed") == 21)
        assert service.terminate() == 0

    assert f"UTC by operator:{getpass.getuser()} (stocktaking); no limits." in paused.stdout
    assert (flow["pause_reason"], flow["paused"]) == ("stocktaking", True)
    assert resumed.stdout == "Processing goes on; no limits.\n"
    ids = {"before", *(f"o{number}" for number in range(20))}
    check_that_nothing_is_lost(file_in(tmp_path), ids)


def sweeps_later(service: Service) -> None:
    """Return once some sweeps have begun, of any service on the file: each writes its time."""
    seen: set[int] = set()

    def has_swept() -> bool:
        seen.add(rows(service.folder, "SELECT probed_at FROM order_shared")[0][0])
        return len(seen) > SWEEPS

    wait_until(has_swept, OFTEN_SECONDS)


def test_a_pause_stops_the_starts_of_two_services_and_lets_running_orders_end(
    tmp_path: Path,
) -> None:
    settings = FAST | {"PROCESSING_SECONDS": 0.05, "MAX_WORKERS": 4}
    with running(tmp_path, **settings) as one, running(tmp_path, **settings) as two:
        one.post("/orders/populate", {"total_entries": 2_000, "batch_id": "b"})
        wait_until(lambda: one.count("completed") > 0)
        assert one.post("/flow/pause", {})[0] == 200
        wait_until(lambda: one.count("processing") == 0)
        sweeps_later(two)
        wait_until(lambda: one.count("processing") == 0)
        completed = one.count("completed")
        sweeps_later(one)
        assert one.count("completed") == completed < 2_000

        two.post("/flow/resume", {})
        wait_until(lambda: one.count("completed") > completed)


@pytest.mark.usefixtures("fresh_processes")
def test_two_services_never_process_more_at_once_than_they_may(tmp_path: Path) -> None:
    run_main(tmp_path, "limit", "--at-once", "3")
    settings = FAST | {"PROCESSING_SECONDS": 0.02, "MAX_WORKERS": 10}
    with running(tmp_path, **settings) as one, running(tmp_path, **settings) as two:
        one.post("/orders/populate", {"total_entries": 100, "batch_id": "b"})
        most = 0

        def is_done() -> bool:
            nonlocal most
            most = max(most, two.count("processing"))
            return two.count("completed") == 100

        wait_until(is_done, OFTEN_SECONDS)

    assert 0 < most <= 3


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["--rate", "2.5"], "Processing goes on; at most 2.5 starts a second.\n"),
        (
            ["--rate", "7", "--at-once", "40"],
            "Processing goes on; at most 7 starts a second and at most 40 orders at once.\n",
        ),
        (
            ["--user-rate", "0.5", "--user-at-once", "2"],
            "Processing goes on; at most 0.5 starts a second for each user and at most 2 orders at"
            " once for each user.\n",
        ),
        (["--none"], "Processing goes on; no limits.\n"),
    ],
)
def test_limits_are_set_by_command(tmp_path: Path, arguments: list[str], printed: str) -> None:
    assert run_main(tmp_path, "limit", *arguments).stdout == printed


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "give at least one limit, or else --none"),
        (["--none", "--user-rate", "1"], "give at least one limit, or else --none"),
        (["--rate", "0"], "Invalid value for '--rate'"),
        (["--rate", "nan"], "rate_per_second"),
        (["--at-once", "0"], "Invalid value for '--at-once'"),
    ],
)
def test_wrong_limits_are_refused(tmp_path: Path, arguments: list[str], complaint: str) -> None:
    refused = run_main(tmp_path, "limit", *arguments)

    assert refused.returncode == 2
    assert complaint in refused.stderr


def test_a_command_says_when_there_was_no_database_before(tmp_path: Path) -> None:
    first, second = [run_main(tmp_path, "pause").stderr for _ in range(2)]

    assert first == f"There was no {tmp_path / 'orders.db'}; it is new, and without orders.\n"
    assert second == ""


def test_a_wrong_reason_and_a_store_that_ends_with_the_process_are_refused(
    tmp_path: Path,
) -> None:
    assert "error: reason: " in run_main(tmp_path, "pause", "--reason", "two\nlines").stderr
    in_memory = run_main(tmp_path, "pause", DATABASE_URL="memory://")
    assert in_memory.returncode == 2
    assert "use a file" in in_memory.stderr


def test_an_outage_of_the_processor_costs_no_attempts_and_ends_by_itself(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(SHOP)
    with running(tmp_path, **FAST | {"PROCESSOR": "shop:ship"}) as service:
        ids = {f"o{number}" for number in range(30)}
        assert {service.create(order_id) for order_id in ids} == {201}
        wait_until(lambda: service.get("/flow")[1]["processor_unavailable_since"] is not None)
        wait_until(lambda: service.count("processing") == 0)
        wait_until(lambda: service.get("/readyz")[0] == 200)

        (tmp_path / "open").touch()
        wait_until(lambda: service.count("completed") == 30)
        assert service.get("/flow")[1]["processor_unavailable_since"] is None
        assert service.terminate() == 0
        log = service.log.read_text()

    check_that_nothing_is_lost(file_in(tmp_path), ids)
    assert rows(tmp_path, "SELECT max(failures) FROM orders") == [(0,)]
    assert log.count("seems to be down, after 5 attempts in a row (closed)") == 1
    assert log.count("the fulfilment system answers again") == 1


SHOP = """
from pathlib import Path
from application.ports import ProcessorUnavailable

def ship(order):
    if not Path("open").exists():
        raise ProcessorUnavailable("closed")
"""
