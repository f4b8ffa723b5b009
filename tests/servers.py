"""Real servers for tests: where they are, and a database of our own on each."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from adapters.sql.schema import migrate
from adapters.sql.servers import open_server

SERVERS = {  # the variable that tells where, the standard place, and what to do without
    "postgresql": (
        "TEST_POSTGRES_URL",
        "postgresql+psycopg://postgres@127.0.0.1:5432/test",
        "install and start PostgreSQL",
    ),
    "mysql": (
        "TEST_MYSQL_URL",
        "mysql+pymysql://root@127.0.0.1:3306/test",
        "install and start mariadb-server",
    ),
}


@contextmanager
def new_database(kind: str) -> Iterator[URL]:
    """An empty one on "postgresql" or "mysql"; skips, or fails in CI, where no server answers."""
    variable, standard, cure = SERVERS[kind]
    url = make_url(os.environ.get(variable) or standard)
    engine = create_engine(url, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 5})
    name = f"orders_{uuid4().hex[:12]}"
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except OperationalError as error:
        missing(f"no {kind} server at {url!r}: {cure}, or set {variable} ({error.orig})")
    try:
        yield url.set(database=name)
    finally:
        with engine.connect() as connection:
            force = " WITH (FORCE)" if kind == "postgresql" else ""
            connection.execute(text(f"DROP DATABASE {name}{force}"))
        engine.dispose()


def break_connections(url: URL) -> None:
    """End all connections to that database, as a restart of the server does."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    if engine.dialect.name == "postgresql":
        find = "SELECT pid FROM pg_stat_activity WHERE datname = :name AND pid <> pg_backend_pid()"
        end = "SELECT pg_terminate_backend({})"
    else:
        find = (
            "SELECT id FROM information_schema.processlist"
            " WHERE db = :name AND id <> connection_id()"
        )
        end = "KILL {}"
    with engine.connect() as connection:
        for number in connection.scalars(text(find), {"name": url.database}).all():
            connection.execute(text(end.format(number)))
    engine.dispose()


@pytest.fixture(scope="session")
def postgres() -> Iterator[URL]:
    """A migrated database on PostgreSQL, for the whole run."""
    with new_database("postgresql") as url:
        migrate_database(url)
        yield url


@pytest.fixture(scope="session")
def mysql() -> Iterator[URL]:
    """A migrated database on MariaDB or MySQL, for the whole run."""
    with new_database("mysql") as url:
        migrate_database(url)
        yield url


def missing(reason: str) -> None:
    """Skip the test on a newcomer's machine; fail it in continuous integration."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def migrate_database(url: URL) -> None:
    """As `python main.py migrate` does."""
    engine = open_server(url)
    migrate(engine)
    engine.dispose()
