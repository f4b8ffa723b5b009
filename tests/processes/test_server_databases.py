"""Several services on one PostgreSQL or MariaDB: killed, and cut off; nothing is lost."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL

from adapters.sql.schema.tables import REVISION
from tests.harness.contents import check_that_nothing_is_lost, not_ended, query
from tests.harness.database_servers import break_connections, migrated_database
from tests.harness.deployment import FAST
from tests.harness.processes import launched
from tests.harness.service import Service, running
from tests.harness.waits import wait_until


@pytest.fixture(params=["postgresql", "mysql"])
def database(request: pytest.FixtureRequest) -> Iterator[URL]:
    with migrated_database(request.param) as url:
        yield url


def service_on(database: URL, **settings: object) -> dict[str, Any]:
    return FAST | settings | {"DATABASE_URL": database}


def test_a_killed_service_s_orders_are_completed_by_another(database: URL, tmp_path: Path) -> None:
    settings = service_on(database)
    with running(tmp_path, **settings) as one, running(tmp_path, **settings) as two:
        one.post("/orders/populate", {"total_entries": 1_000})
        wait_until(lambda: two.count("completed") > 100)
        one.kill()
        acknowledged = [two.create(f"o{number}") for number in range(50)]
        wait_until(lambda: two.count("completed") == 1_050)
        assert two.terminate() == 0

    assert acknowledged == [201] * 50
    assert check_that_nothing_is_lost(database) == 1_050


def test_a_service_goes_on_when_its_connections_break_again_and_again(
    database: URL, tmp_path: Path
) -> None:
    with running(tmp_path, **service_on(database)) as service:
        created = 0
        for number in range(60):
            if number % 10 == 5:
                break_connections(database)
            status = service.create(f"o{number}")
            assert status in {201, 400, 503}  # 400: it was stored, and the answer was lost
            created += status == 201
        wait_until(lambda: not_ended(database) == 0)
        assert service.terminate() == 0

    stored = check_that_nothing_is_lost(database)
    assert 50 <= created <= stored <= 60


def test_an_older_schema_stops_the_start_with_one_line(database: URL, tmp_path: Path) -> None:
    query(database, "UPDATE alembic_version SET version_num = '0000'")

    with launched(Service(tmp_path, **service_on(database))) as service:
        assert service.wait() == 2

    assert service.log.read_text().splitlines() == [
        f"error: ORDERS_DATABASE_URL={database!r}: the database schema is at revision 0000,"
        f" this code needs {REVISION}; run: python main.py migrate"
    ]


def test_a_user_whom_the_database_refuses_stops_the_start_with_one_line(
    database: URL, tmp_path: Path
) -> None:
    stranger = database.set(username="nobody_here", password="mistaken")

    with launched(Service(tmp_path, **service_on(stranger))) as service:
        assert service.wait() == 2

    (line,) = service.log.read_text().splitlines()
    assert line.startswith(f"error: ORDERS_DATABASE_URL={stranger!r}: ")
    assert line.endswith(
        "check host, database, user and password, and that the database server is running"
    )
    assert "mistaken" not in line
