"""Two services on one database that goes, or whose clock jumps: no order is worked on twice."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from sqlalchemy import URL

from tests.harness.builders import order_body
from tests.harness.contents import check_that_nothing_is_lost, not_ended, query
from tests.harness.database_servers import migrated_database, silenceable
from tests.harness.proxy import Proxy
from tests.harness.service import Service, running
from tests.harness.waits import wait_until

LEASE_SECONDS = 2.0
LONGER_THAN_A_LEASE = 1.6 * LEASE_SECONDS
SETTINGS: dict[str, Any] = {
    "LEASE_SECONDS": LEASE_SECONDS,
    "SWEEP_SECONDS": 0.1,
    "PROCESSING_SECONDS": 3 * LONGER_THAN_A_LEASE,
}
ORDERS = 20
LINES = 12  # of a service's log, from its start to its end


class Deployed(NamedTuple):
    """Services, and the database that they share."""

    services: list[Service]
    database: URL
    proxy: Proxy


@pytest.fixture
def deployed(database: URL, tmp_path: Path) -> Iterator[Deployed]:
    with (
        silenceable(database) as (url, proxy),
        running(tmp_path, **SETTINGS, DATABASE_URL=url) as one,
        running(tmp_path, **SETTINGS, DATABASE_URL=url) as two,
    ):
        yield Deployed([one, two], database, proxy)


def go_away(deployed: Deployed) -> None:
    """Every connection breaks, and no new one can be made."""
    name = deployed.database.database
    elsewhere = deployed.database.set(database="postgres")
    query(elsewhere, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    query(
        elsewhere, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname='{name}'"
    )


def come_back(deployed: Deployed) -> None:
    elsewhere = deployed.database.set(database="postgres")
    query(elsewhere, f"ALTER DATABASE {deployed.database.database} ALLOW_CONNECTIONS true")


def start_orders(deployed: Deployed) -> set[str]:
    """Orders that keep both services busy for a long time."""
    ids = [f"o{number}" for number in range(ORDERS)]
    for number, order_id in enumerate(ids):
        assert deployed.services[number % 2].create(order_id) == 201
    processing = "SELECT count(*) FROM orders WHERE status = 'Processing'"
    wait_until(lambda: query(deployed.database, processing) == [(ORDERS,)])
    return set(ids)


def check_that_nothing_was_repeated(deployed: Deployed, ids: set[str]) -> None:
    done = "SELECT count(*) FROM orders WHERE status = 'Completed'"
    wait_until(lambda: query(deployed.database, done)[0][0] >= ORDERS)
    assert query(deployed.database, "SELECT max(attempt), max(crashes) FROM orders") == [(1, 0)]
    assert [service.terminate() for service in deployed.services] == [0, 0]
    check_that_nothing_is_lost(deployed.database, ids)


OUTAGES: dict[str, tuple[Callable[[Deployed], None], Callable[[Deployed], None]]] = {
    "refuses": (go_away, come_back),
    "is silent": (lambda it: it.proxy.go_silent(), lambda it: it.proxy.speak()),
}


@pytest.mark.parametrize("outage", list(OUTAGES))
def test_an_outage_longer_than_the_lease_repeats_no_order_and_is_two_lines_of_the_log(
    deployed: Deployed, outage: str
) -> None:
    ids = start_orders(deployed)
    begin, end = OUTAGES[outage]

    with creating(deployed.services[0]) as statuses:
        begin(deployed)
        threading.Event().wait(LONGER_THAN_A_LEASE)  # how long it is away is what is tested
        end(deployed)

    check_that_nothing_was_repeated(deployed, ids)
    assert statuses <= {201, 503}
    for service in deployed.services:
        lines = service.log.read_text().splitlines()
        gone = sum("cannot be used" in line for line in lines)
        assert sum("can be used again" in line for line in lines) == gone
        assert gone == 1 or (gone == 0 and outage == "is silent")  # no call may have waited so long
        assert "Traceback" not in service.log.read_text()
        assert len(lines) <= LINES, "\n".join(lines)


@contextmanager
def creating(service: Service) -> Iterator[set[int]]:
    """Four clients that create orders during the block, and the answers that they got."""
    ends = threading.Event()
    statuses: set[int] = set()

    def create(client: int) -> None:
        number = 0
        while not ends.wait(0.01):
            statuses.add(service.create(f"c{client}-{number}"))
            number += 1

    with ThreadPoolExecutor(4) as pool:
        pending = [pool.submit(create, client) for client in range(4)]
        yield statuses
        ends.set()
    for one in pending:
        one.result()


@pytest.mark.parametrize("seconds", [-3_600, 86_400])
def test_a_jump_of_the_databases_clock_repeats_no_order(
    database: URL, tmp_path: Path, seconds: int
) -> None:
    query(database, FAKED_CLOCK.format(name=database.database))
    with (
        running(tmp_path, **SETTINGS, DATABASE_URL=database) as one,
        running(tmp_path, **SETTINGS, DATABASE_URL=database) as two,
        silenceable(database) as (_, proxy),
    ):
        deployed = Deployed([one, two], database, proxy)
        ids = start_orders(deployed)

        query(database, f"UPDATE faked.ahead SET seconds = {seconds}")

        check_that_nothing_was_repeated(deployed, ids)


FAKED_CLOCK = """
CREATE SCHEMA faked;
CREATE TABLE faked.ahead (seconds integer);
INSERT INTO faked.ahead VALUES (0);
CREATE FUNCTION faked.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT pg_catalog.clock_timestamp() + (SELECT seconds FROM faked.ahead) * interval '1 second'
$$;
ALTER DATABASE {name} SET search_path = faked, public, pg_catalog;
"""


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_a_silent_database_holds_no_caller_for_long_and_no_probe_at_all(
    kind: str, tmp_path: Path
) -> None:
    clients = 44  # more than there are threads
    with migrated_database(kind) as database, silenceable(database) as (url, proxy):
        settings = SETTINGS | {"PROCESSING_SECONDS": 0, "DATABASE_URL": url}
        with running(tmp_path, **settings) as service, ThreadPoolExecutor(clients) as pool:
            assert service.create("before") == 201
            proxy.go_silent()
            asked = [pool.submit(timed, service, f"o{number}") for number in range(clients)]
            wait_until(lambda: service.get("/readyz")[0] == 503)
            assert service.get("/healthz")[0] == 200
            reading = service.get("/orders/before")
            answers = [one.result() for one in asked]
            proxy.speak()
            wait_until(lambda: service.create(f"after-{uuid4().hex}") == 201)
            wait_until(lambda: not_ended(database) == 0)

    assert reading[0] == 503
    assert {status for status, _, _ in answers} == {503}
    assert {code for _, code, _ in answers} <= {"unavailable", "outcome_unknown", "busy"}
    # Ten seconds are promised. A driver that waits for its server needed 31, without any load.
    assert max(seconds for _, _, seconds in answers) < 2 * 10


def timed(service: Service, order_id: str) -> tuple[int, str, float]:
    """The status and the code of a creation, and the seconds that they took."""
    began = time.monotonic()
    status, answer = service.post("/orders/", order_body(order_id))
    return status, answer.get("code", ""), time.monotonic() - began
