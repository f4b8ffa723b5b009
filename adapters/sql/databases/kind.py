"""DatabaseKind: all that differs from one kind of database to another, and is said nowhere else."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import URL, Connection, Engine

from adapters.sql.databases.transactions import Transactions
from application.ports import Clock

IDLE_SECONDS = 10  # in a transaction: what a frozen process locked is free again within a lease


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a server, in whole seconds, before a call gives up."""

    connect: int  # for a connection, new or from the pool, and for a lock
    answer: int  # for a statement; PostgreSQL cancels it then, pymysql breaks the connection off
    silence: int  # PostgreSQL: added to `answer`, for its error to arrive; then we break it off


# A request reads: a connection that went silent is tested, and another made, within ten seconds.
READER = Patience(connect=2, answer=3, silence=1)
WRITER = Patience(connect=5, answer=10, silence=3)  # its callers have a limit of their own
MIGRATION = Patience(connect=5, answer=3_600, silence=3)  # one step may index a large table


class MigrationBusy(Exception):
    """Another migration of this database is still running."""


class Reader(Protocol):
    """Runs single SELECTs through the driver, from any thread."""

    def fetch(self, sql: str, parameters: tuple[Any, ...]) -> Sequence[Sequence[Any]]:
        """All rows, of one moment. Raises the driver's errors."""

    def close(self) -> None:
        """Let go of the database."""


class DatabaseKind(Protocol):
    """SQLite, PostgreSQL, or MariaDB and MySQL."""

    @property
    def is_embedded(self) -> bool:
        """Whether it is a part of this process: a start migrates it, and nobody has to run it."""

    @property
    def counter_slots(self) -> int:
        """How many rows share the counting, so that processes seldom wait for each other's."""

    @property
    def keeps_statements_prepared(self) -> bool:
        """Whether a statement that was run before is cheaper, so that few texts are better."""

    @property
    def keeps_inserts_prepared(self) -> bool:
        """Whether that is so of an INSERT, whatever is of other statements."""

    def open(self, url: URL, patience: Patience) -> Engine:
        """An engine whose transactions are explicit; connects when it is used first.

        Its transactions are snapshots to read from, or with the execution option `write` hold what
        locks a writer needs. Raises ImportError when the driver is not installed.
        """

    def reader(self, engine: Engine) -> Reader:
        """Reads through an engine that `open` made."""

    def transactions(self, engine: Engine) -> Transactions:
        """Writes through an engine that `open` made."""

    def clock(self, engine: Engine) -> Clock:
        """The clock that all processes on the database share."""

    def upsert(self, key: str, columns: Iterable[str]) -> str:
        """Appended to an INSERT, makes it change these columns of rows whose key is taken."""

    def migration_lock(self, connection: Connection) -> AbstractContextManager[None]:
        """Held in its block, in a write transaction: one migration at a time, on all hosts.

        Raises MigrationBusy when another one takes too long.
        """
