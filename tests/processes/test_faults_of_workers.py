"""A worker is killed and another frozen beyond its lease, while orders come in; nothing is lost."""

from pathlib import Path
from typing import Any

from sqlalchemy import URL

from tests.harness.brokers import new_queue
from tests.harness.contents import check_that_nothing_is_lost, query
from tests.harness.deployment import deployment
from tests.harness.stream import creations
from tests.harness.waits import wait_until

SLOW: dict[str, Any] = {"PROCESSING_SECONDS": "0.2-0.6", "MAX_WORKERS": 20, "LEASE_SECONDS": 2}


def test_a_worker_is_killed_and_another_frozen_beyond_its_lease(
    database: URL, tmp_path: Path
) -> None:
    with (
        new_queue("rabbitmq") as (url, queue),
        deployment(tmp_path, database, url, queue, **SLOW) as deployed,
    ):
        api = deployed.start_api()
        frozen = deployed.start_worker()
        with creations(api) as stream:
            wait_until(lambda: len(owners(database)) == 1)
            (owner,) = owners(database)
            killed, other = deployed.start_worker(), deployed.start_worker()
            wait_until(lambda: len(owners(database)) == 3)
            killed.kill()
            frozen.freeze()
            held = held_by(database, owner)
            wait_until(lambda: completed(database) >= held)
            before = history(database, held)
            frozen.thaw()
            wait_until(lambda: frozen.log.read_text().count("no longer held here") >= len(held))
            after = history(database, held)
        deployed.wait_until_all_are_completed()
        assert [one.terminate() for one in (frozen, other, api)] == [0, 0, 0]

    assert held
    assert after == before
    assert stream.statuses() == {201}
    assert check_that_nothing_is_lost(database, stream.acknowledged) == len(stream.answers)


def owners(database: URL) -> set[str]:
    """The workers that process orders now."""
    return _first(database, "SELECT DISTINCT owner FROM orders WHERE status = 'Processing'")


def held_by(database: URL, owner: str) -> set[str]:
    """The ids of the orders that this worker processes now."""
    sql = f"SELECT order_id FROM orders WHERE status = 'Processing' AND owner = '{owner}'"
    return _first(database, sql)


def completed(database: URL) -> set[str]:
    return _first(database, "SELECT order_id FROM orders WHERE status = 'Completed'")


def history(database: URL, order_ids: set[str]) -> list[tuple[Any, ...]]:
    events = query(database, "SELECT * FROM order_events ORDER BY order_id, seq")
    return [event for event in events if event[0] in order_ids]


def _first(database: URL, sql: str) -> set[str]:
    return {row[0] for row in query(database, sql)}
