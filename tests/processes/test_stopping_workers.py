"""A worker's clean stop, with threads and with prefork: drained, given back, in time."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.brokers import new_queue
from tests.processes.deployment import (
    HOLD_SECONDS,
    PREFORK,
    Deployment,
    check_that_nothing_is_lost,
    deployment,
    query,
)
from tests.processes.service import wait_until
from tests.processes.stream import creations
from tests.servers import migrate_database, new_database

DRAIN_SECONDS = 1
LEAVE_SECONDS = 6  # beyond the drain
UNDER_LOAD: dict[str, Any] = {
    "PROCESSING_SECONDS": "0.5-6",
    "LEASE_SECONDS": 30,
    "MAX_WORKERS": 30,
    "DRAIN_SECONDS": DRAIN_SECONDS,
}
GIVEN_BACK = "SELECT count(*) FROM order_events WHERE kind = 'released'"
pools = pytest.mark.parametrize("command", [(), PREFORK], ids=["threads", "prefork"])


@pytest.fixture
def deployed(tmp_path: Path) -> Iterator[Deployment]:
    with (
        new_database("postgresql") as database,
        new_queue("redis") as (url, queue),
        deployment(tmp_path, database, url, queue, **UNDER_LOAD) as it,
    ):
        migrate_database(database)
        yield it


def count(deployed: Deployment, status: str) -> int:
    found: int = query(deployed.database, f"SELECT count(*) FROM orders WHERE status = '{status}'")[
        0
    ][0]
    return found


@pools
def test_a_worker_stopped_under_load_gives_back_what_it_has_not_finished(
    command: tuple[str, ...], deployed: Deployment
) -> None:
    api = deployed.start_api()
    worker = deployed.start_worker(*command)
    with creations(api) as stream:
        wait_until(lambda: count(deployed, "Completed") >= 5)
        began = time.monotonic()
        exit_code = worker.terminate()
        seconds = time.monotonic() - began
        left = count(deployed, "Processing")

    assert exit_code == 0
    assert seconds <= DRAIN_SECONDS + LEAVE_SECONDS
    assert left == 0
    assert worker.is_gone()
    assert query(deployed.database, "SELECT max(failures), max(crashes) FROM orders") == [(0, 0)]
    assert query(deployed.database, GIVEN_BACK)[0][0] > 0  # the drain was too short for some

    deployed.start_worker(PROCESSING_SECONDS=0)
    deployed.wait_until_all_are_completed(HOLD_SECONDS / 2)
    assert stream.statuses() == {201}
    check_that_nothing_is_lost(deployed.database, stream.acknowledged)


@pools
@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_a_worker_at_once(
    command: tuple[str, ...], signum: int, deployed: Deployment
) -> None:
    api = deployed.start_api()
    worker = deployed.start_worker(*command, PROCESSING_SECONDS=60, DRAIN_SECONDS=60)
    assert api.create("order-1") == 201
    wait_until(lambda: count(deployed, "Processing") == 1)
    assert worker.process is not None
    worker.process.send_signal(signum)
    wait_until(lambda: "Warm shutdown" in worker.log.read_text())

    began = time.monotonic()
    exit_code = worker.terminate(signum)

    assert time.monotonic() - began < 2
    assert exit_code == 1
    wait_until(worker.is_gone, 5)
