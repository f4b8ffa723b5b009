"""Opens, migrates and checks a database before serving; what is wrong is told in one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import URL, Engine
from sqlalchemy.exc import DatabaseError, OperationalError

from adapters.sql.databases.server_kinds import Patience
from adapters.sql.databases.servers import open_server
from adapters.sql.leases import agree_on_lease, change_lease
from adapters.sql.schema.revision import SchemaMismatch, check_schema, migrate
from adapters.sql.schema.tables import REVISION
from entrypoints.wiring.settings import StartError

EXTRAS = {"postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql"}


def open_server_or_tell(url: URL, patience: Patience) -> Engine:
    """Raises StartError when the driver is not installed."""
    try:
        return open_server(url, patience)
    except ImportError as error:
        raise StartError(
            f"ORDERS_DATABASE_URL={url!r} needs a driver that is not installed ({error});"
            f" run: pip install '.[{EXTRAS[url.get_backend_name()]}]'"
        ) from error


@contextmanager
def _told_in_one_line(engine: Engine) -> Iterator[None]:
    try:
        yield
    except (SchemaMismatch, DatabaseError, TypeError, ValueError) as error:  # of odd options
        reason = str(getattr(error, "orig", error)).partition("\n")[0]
        if isinstance(error, OperationalError) and engine.dialect.name != "sqlite":
            reason += "; check its host, database, user and password, and that the server runs"
        raise StartError(f"ORDERS_DATABASE_URL={engine.url!r}: {reason}") from error
    finally:
        engine.dispose()  # so that a server may fork afterwards


def migrate_or_tell(engine: Engine) -> str:
    """Bring the schema to this code's revision; tells so. Raises StartError."""
    with _told_in_one_line(engine):
        before = migrate(engine)
    return f"{engine.url!r}: schema at revision {REVISION}, was {before or 'empty'}"


def agree_on_lease_or_tell(engine: Engine, lease: timedelta) -> None:
    """Raises StartError where the processes on this database use another lease."""
    with _told_in_one_line(engine):
        agreed = agree_on_lease(engine, lease)
    if agreed != lease:
        ours, theirs = lease.total_seconds(), agreed.total_seconds()
        raise StartError(
            f"ORDERS_LEASE_SECONDS={ours:g} differs from the {theirs:g} that all processes on"
            f" {engine.url!r} use; set ORDERS_LEASE_SECONDS={theirs:g}, or have all of them change:"
            f" python main.py lease {ours:g}"
        )


def change_lease_or_tell(engine: Engine, lease: timedelta) -> str:
    """Have the processes that start from now on use that lease. Raises StartError."""
    with _told_in_one_line(engine):
        before = change_lease(engine, lease)
    ours, theirs = lease.total_seconds(), before.total_seconds()
    if lease == before:
        return f"{engine.url!r}: the lease is {ours:g} s, and no other is in use."
    return (
        f"{engine.url!r}: the lease is {ours:g} s for processes that start from now on, and was"
        f" {theirs:g} s. Restart each with ORDERS_LEASE_SECONDS={ours:g}, then run this once more."
    )


def check_or_tell(engine: Engine) -> str:
    """Raises StartError unless the schema is at this code's revision."""
    with _told_in_one_line(engine):
        check_schema(engine)
    return f"{engine.url!r}: schema at revision {REVISION}"
