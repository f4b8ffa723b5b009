"""A database that crashes and starts again and again; nothing is lost."""

from pathlib import Path

from tests.harness.brokers import new_queue
from tests.harness.contents import check_that_nothing_is_lost
from tests.harness.database_servers import OwnPostgres, database_on, migrate_database
from tests.harness.deployment import deployment
from tests.harness.stream import creations

RESTARTS = 4
ORDERS_BETWEEN = 40


def test_a_database_is_restarted_again_and_again(tmp_path: Path) -> None:
    server = OwnPostgres()
    try:
        with (
            database_on(server.url) as database,
            new_queue("redis") as (url, queue),
            deployment(tmp_path, database, url, queue) as deployed,
        ):
            migrate_database(database)
            api = deployed.start_api()
            workers = [deployed.start_worker() for _ in range(2)]
            with creations(api) as stream:
                for _ in range(RESTARTS):
                    stream.wait_for(ORDERS_BETWEEN)
                    server.restart()
                stream.wait_for(ORDERS_BETWEEN)
            deployed.wait_until_all_are_completed()
            assert [one.terminate() for one in (*workers, api)] == [0, 0, 0]
            check_that_nothing_is_lost(database, stream.acknowledged)
    finally:
        server.remove()

    assert stream.statuses() <= {201, 503}
