"""The store that the settings ask for: its ports, its schema and its lease.

Whatever is wrong is raised as a StartError.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Protocol

from sqlalchemy import Engine, make_url
from sqlalchemy.exc import DatabaseError, OperationalError

from adapters.memory.stores import InMemoryStores
from adapters.sql.database import Database
from adapters.sql.databases.kind import MIGRATION, READER, MigrationBusy, Patience
from adapters.sql.databases.known import kind_of
from adapters.sql.leases import agree_on_lease, change_lease
from adapters.sql.revision import SchemaMismatch, check_schema, migrate
from adapters.sql.schema.tables import REVISION
from adapters.sql.stores import SqlStores
from application.ports import (
    BatchRepository,
    Clock,
    KeptAnswers,
    OrderFeed,
    OrderFlow,
    OrderList,
    OrderRepository,
    OrderViews,
)
from entrypoints.wiring.setting_fields import MEMORY_URL
from entrypoints.wiring.settings import StartError

# TypeError and ValueError: the driver's, for odd options in the URL.
WRONG = (SchemaMismatch, MigrationBusy, DatabaseError, TypeError, ValueError)
EXTRAS = {"postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql"}


class Stores(Protocol):
    """All ports of one store, its schema and its lease."""

    @property
    def orders(self) -> OrderRepository: ...
    @property
    def order_list(self) -> OrderList: ...
    @property
    def views(self) -> OrderViews: ...
    @property
    def feed(self) -> OrderFeed: ...
    @property
    def batches(self) -> BatchRepository: ...
    @property
    def answers(self) -> KeptAnswers: ...
    @property
    def flow(self) -> OrderFlow: ...
    @property
    def clock(self) -> Clock:
        """The clock that all processes on the store share."""

    def migrate(self) -> str:
        """Bring the schema to this code's revision; returns what was done. Raises StartError."""

    def require_schema(self) -> str:
        """Migrate an embedded database; check that another is at this code's revision.

        Returns the finding. Raises StartError.
        """

    def agree_on_lease(self, lease: timedelta) -> None:
        """Store this lease if the store has none yet. Raises StartError when it has another one."""

    def change_lease(self, lease: timedelta) -> str:
        """Set the lease for processes that start from now on; returns what was done.

        Until it is run again, once all have been restarted, those with the old lease may go on with
        it. Raises StartError.
        """

    def close(self) -> None:
        """Close the store, at the end of the process."""


def stores_at(database_url: str) -> Stores:
    """Choose the kind of store; nothing else does. Raises StartError when its driver is missing."""
    return MemoryStores() if database_url == MEMORY_URL else DatabaseStores(database_url)


class MemoryStores(InMemoryStores):
    """A store in memory has no schema and no shared lease: nothing can go wrong."""

    def migrate(self) -> str:
        return f"{MEMORY_URL} has no schema and no lease to share; nothing was done"

    def require_schema(self) -> str:
        return self.migrate()

    def agree_on_lease(self, lease: timedelta) -> None:
        pass

    def change_lease(self, lease: timedelta) -> str:
        return self.migrate()


class DatabaseStores(SqlStores):
    """Checks use connections that are closed again, so that a server may fork afterwards."""

    def __init__(self, database_url: str) -> None:
        self._url = make_url(database_url)
        self._kind = kind_of(self._url)
        with driver_required(database_url):
            super().__init__(Database.open(self._kind, self._url))

    def migrate(self) -> str:
        with self._opened(MIGRATION) as engine:
            before = migrate(engine)
        return f"{self._url!r}: schema at revision {REVISION}, was {before or 'empty'}"

    def require_schema(self) -> str:
        if self._kind.is_embedded:
            return self.migrate()
        with self._opened(READER) as engine:
            check_schema(engine)
        return f"{self._url!r}: schema at revision {REVISION}"

    def agree_on_lease(self, lease: timedelta) -> None:
        with self._opened(READER) as engine:
            agreed = agree_on_lease(engine, lease)
        if agreed != lease:
            ours, theirs = lease.total_seconds(), agreed.total_seconds()
            raise StartError(
                f"ORDERS_LEASE_SECONDS={ours:g} differs from the {theirs:g} that all processes on"
                f" {self._url!r} use; set ORDERS_LEASE_SECONDS={theirs:g}, or change it for all:"
                f" python main.py lease {ours:g}"
            )

    def change_lease(self, lease: timedelta) -> str:
        with self._opened(READER) as engine:
            before = change_lease(engine, lease)
        ours, theirs = lease.total_seconds(), before.total_seconds()
        if lease == before:
            return f"{self._url!r}: the lease is {ours:g} s, and every process uses it."
        return (
            f"{self._url!r}: the lease is {ours:g} s for processes that start from now on, and was"
            f" {theirs:g} s. Restart each with ORDERS_LEASE_SECONDS={ours:g}, then run this"
            " again."
        )

    @contextmanager
    def _opened(self, patience: Patience) -> Iterator[Engine]:
        engine = self._kind.open(self._url, patience)
        try:
            yield engine
        except WRONG as error:
            reason = str(getattr(error, "orig", error)).partition("\n")[0]
            if isinstance(error, OperationalError) and not self._kind.is_embedded:
                reason += (
                    "; check host, database, user and password, and that the database server is"
                    " running"
                )
            raise StartError(f"ORDERS_DATABASE_URL={self._url!r}: {reason}") from error
        finally:
            engine.dispose()


def open_engine(database_url: str, given_as: str) -> Engine:
    """An engine with a migration's time limits; connects at first use. Raises StartError.

    `given_as` is what an error puts before the URL: "--from ", for example.
    """
    url = make_url(database_url)
    with driver_required(database_url, given_as):
        return kind_of(url).open(url, MIGRATION)


@contextmanager
def driver_required(database_url: str, given_as: str = "ORDERS_DATABASE_URL=") -> Iterator[None]:
    """Raises StartError when the driver is not installed."""
    url = make_url(database_url)
    try:
        yield
    except ImportError as error:
        raise StartError(
            f"{given_as}{url!r} needs a driver that is not installed ({error});"
            f" run: pip install '.[{EXTRAS[url.get_backend_name()]}]'"
        ) from error
