"""A worker's clean stop, with threads and with prefork: drained, given back, at once."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness.brokers import new_queue
from tests.harness.contents import check_that_nothing_is_lost, query
from tests.harness.database_servers import migrated_database
from tests.harness.deployment import PREFORK, Deployment, deployment
from tests.harness.stream import creations
from tests.harness.waits import wait_until

HOUR_SECONDS = 3_600  # whoever waits for the end of something that long waits too long
UNDER_LOAD: dict[str, Any] = {
    "PROCESSOR": "some:hang",
    "LEASE_SECONDS": HOUR_SECONDS,
    "BROKER_VISIBILITY_SECONDS": HOUR_SECONDS,
    "MAX_WORKERS": 30,
    "DRAIN_SECONDS": 1,
}
SOME_HANG = """
import time

def hang(order):
    time.sleep(3600 if order.order_id.endswith("9") else 0.1)
"""
COMPLETED, PROCESSING = "status = 'Completed'", "status = 'Processing'"
HANGING = f"{PROCESSING} AND order_id LIKE '%9'"
GIVEN_BACK = "SELECT count(*) FROM order_events WHERE kind = 'released'"
pools = pytest.mark.parametrize("command", [(), PREFORK], ids=["threads", "prefork"])


@pytest.fixture
def deployed(tmp_path: Path) -> Iterator[Deployment]:
    with (
        migrated_database("postgresql") as database,
        new_queue("redis") as (url, queue),
        deployment(tmp_path, database, url, queue, **UNDER_LOAD) as it,
    ):
        (tmp_path / "some.py").write_text(SOME_HANG)
        yield it


def count(deployed: Deployment, condition: str) -> int:
    found: int = query(deployed.database, f"SELECT count(*) FROM orders WHERE {condition}")[0][0]
    return found


@pools
def test_a_worker_stopped_under_load_gives_back_what_it_has_not_finished(
    command: tuple[str, ...], deployed: Deployment
) -> None:
    api = deployed.start_api()
    worker = deployed.start_worker(*command)
    with creations(api) as stream:
        wait_until(lambda: count(deployed, COMPLETED) >= 5 and count(deployed, HANGING) > 0)
        exit_code = worker.terminate()
        left = count(deployed, PROCESSING)

    assert exit_code == 0
    assert left == 0
    assert worker.is_gone()
    assert query(deployed.database, "SELECT max(failures), max(crashes) FROM orders") == [(0, 0)]
    assert query(deployed.database, GIVEN_BACK)[0][0] > 0

    deployed.start_worker(PROCESSOR="simulated", PROCESSING_SECONDS=0)
    deployed.wait_until_all_are_completed()
    assert stream.statuses() == {201}
    check_that_nothing_is_lost(deployed.database, stream.acknowledged)


@pools
@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_a_worker_at_once(
    command: tuple[str, ...], signum: int, deployed: Deployment
) -> None:
    api = deployed.start_api()
    worker = deployed.start_worker(*command, DRAIN_SECONDS=HOUR_SECONDS)
    assert api.create("order-9") == 201
    wait_until(lambda: count(deployed, PROCESSING) == 1)

    assert worker.terminate_impatiently(signum) == 1
    wait_until(worker.is_gone)


def test_a_child_that_has_had_its_tasks_gives_back_what_it_has_not_finished(
    deployed: Deployment,
) -> None:
    """A task has ended once its hints are passed on, so its orders may still be at work."""
    deployed.settings["BROKER_VISIBILITY_SECONDS"] = 3  # should a message be lost with a child
    api = deployed.start_api()
    deployed.start_worker(*PREFORK, "--max-tasks-per-child", "1")

    for number in range(10):
        assert api.create(f"order-{number}") == 201

    wait_until(lambda: query(deployed.database, GIVEN_BACK)[0][0] > 0)
    wait_until(lambda: count(deployed, COMPLETED) == 9)
    assert query(deployed.database, "SELECT max(failures), max(crashes) FROM orders") == [(0, 0)]
