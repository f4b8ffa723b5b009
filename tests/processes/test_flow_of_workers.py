"""Pause and limits with Celery workers, who look for due orders themselves meanwhile."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL

from tests.harness.brokers import new_queue
from tests.harness.contents import check_that_nothing_is_lost, query
from tests.harness.deployment import deployment
from tests.harness.processes import run_main
from tests.harness.waits import wait_until

QUICK: dict[str, Any] = {"PROCESSING_SECONDS": "0.02", "SWEEP_SECONDS": 0.1}


@pytest.mark.parametrize("kind", ["redis", "rabbitmq"])
def test_a_pause_stops_all_workers_and_what_came_meanwhile_is_done_after_it(
    database: URL, tmp_path: Path, kind: str
) -> None:
    with (
        new_queue(kind) as (url, queue),
        deployment(tmp_path, database, url, queue, **QUICK) as deployed,
    ):
        api, worker = deployed.start_api(), deployed.start_worker()
        api.post("/orders/populate", {"total_entries": 3_000, "batch_id": "b"})
        wait_until(lambda: api.count("completed") > 0)
        assert api.post("/flow/pause", {"reason": "stocktaking"})[0] == 200
        wait_until_nothing_starts(database)
        completed = api.count("completed")
        killed = deployed.start_worker()  # one that reads of the pause first of all
        killed.kill()
        assert api.create("late") == 201
        wait_until_nothing_starts(database)
        assert api.count("completed") == completed < 3_000

        api.post("/flow/resume", {})
        deployed.wait_until_all_are_completed()
        assert [one.terminate() for one in (worker, api)] == [0, 0]

    assert check_that_nothing_is_lost(database, {"late"}) == 3_001


def test_workers_share_one_number_at_once_and_start_what_is_due_themselves(
    database: URL, tmp_path: Path
) -> None:
    with (
        new_queue("redis") as (url, queue),
        deployment(tmp_path, database, url, queue, **QUICK) as deployed,
    ):
        api = deployed.start_api()
        run_main(tmp_path, "limit", "--at-once", "3", DATABASE_URL=database)
        workers = [deployed.start_worker() for _ in range(2)]
        api.post("/orders/populate", {"total_entries": 150, "batch_id": "b"})
        most = 0

        def is_done() -> bool:
            nonlocal most
            most = max(most, api.count("processing"))
            return api.count("completed") == 150

        wait_until(is_done, between_seconds=0.05)  # not to miss what comes and goes
        starts = query(database, "SELECT count(*) FROM order_events WHERE kind = 'started'")
        assert [one.terminate() for one in (*workers, api)] == [0, 0, 0]

    assert 0 < most <= 3
    assert starts == [(150,)]


def wait_until_nothing_starts(database: URL) -> None:
    """Return once sweeps have come and gone without a start."""
    seen: list[tuple[int, int]] = []

    def is_still() -> bool:
        ((starts,),) = query(database, "SELECT count(*) FROM order_events WHERE kind = 'started'")
        ((probed,),) = query(database, "SELECT probed_at FROM order_shared")
        if seen and seen[0][0] != starts:
            seen.clear()
        seen.append((starts, probed))
        return len({moment for _, moment in seen}) > 15

    wait_until(is_still, QUICK["SWEEP_SECONDS"])
