"""Twins: one request that comes many times at once, to two services on one database."""

import http.client
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import URL

from tests.harness.builders import order_body
from tests.harness.contents import file_in, query
from tests.harness.database_servers import migrated_database
from tests.harness.service import Service, running
from tests.harness.waits import LIMIT_SECONDS

TWINS = 50
HEADERS = {"Content-Type": "application/json", "Idempotency-Key": "one-key"}


class Answer(NamedTuple):
    """What is the same for all twins."""

    status: int
    location: str | None
    body: bytes


def send(service: Service, path: str, body: object) -> Answer:
    """The answer to a POST with the key."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=LIMIT_SECONDS)
    connection.request("POST", path, json.dumps(body), HEADERS)
    with connection.getresponse() as response:
        answer = Answer(response.status, response.getheader("Location"), response.read())
    connection.close()
    return answer


def send_to_all(services: list[Service], path: str, body: object) -> set[Answer]:
    """The different answers to fifty requests at once."""
    barrier = threading.Barrier(TWINS)

    def twin(number: int) -> Answer:
        barrier.wait()
        return send(services[number % len(services)], path, body)

    with ThreadPoolExecutor(TWINS) as pool:
        return set(pool.map(twin, range(TWINS)))


@contextmanager
def database_of(kind: str, folder: Path) -> Iterator[URL]:
    """A file in that folder, or a new database on a server."""
    if kind == "sqlite":
        yield file_in(folder)
    else:
        with migrated_database(kind) as url:
            yield url


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_fifty_twins_make_one_order_and_fifty_equal_answers(tmp_path: Path, kind: str) -> None:
    with database_of(kind, tmp_path) as url:
        settings: dict[str, Any] = {
            "DATABASE_URL": url.render_as_string(hide_password=False),
            "PROCESSING_SECONDS": 60,
        }
        with running(tmp_path, **settings) as one, running(tmp_path, **settings) as two:
            created = send_to_all([one, two], "/orders/", order_body())
            many = send_to_all([one, two], "/orders/batch", [order_body("a"), order_body("b")])

        assert [answer.status for answer in created] == [201]
        assert [answer.status for answer in many] == [207]
        assert query(url, "SELECT count(*) FROM orders")[0][0] == 3
