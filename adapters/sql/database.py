"""Database: how the classes of the ports read and write, and when it counts as away."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self, TypeVar

from sqlalchemy import URL, Connection, Engine, exc

from adapters.sql.databases.kind import READER, WRITER, DatabaseKind, Patience
from adapters.sql.outage import Outage
from adapters.sql.write_path.call import Call
from adapters.sql.write_path.committer import Committer
from adapters.sql.write_path.group_commit import GroupCommit
from adapters.sql.write_path.statements import Statements
from application.ports import RepositoryError, RepositoryUnavailable

R = TypeVar("R")


class Database:
    """One database of this process, for any thread; connects when it is used first.

    Every method but `close` raises RepositoryUnavailable, and `write` raises OutcomeUnknown too.
    """

    def __init__(
        self,
        kind: DatabaseKind,
        reading: Engine,
        writing: Engine,
        statements: Statements,
        writer: GroupCommit,
        outage: Outage,
    ) -> None:
        self.statements = statements
        self.clock = kind.clock(writing)
        self._reading = reading
        self._writing = writing
        self._reader = kind.reader(reading)
        self._writer = writer
        self._outage = outage
        dbapi = reading.dialect.dbapi
        assert dbapi is not None
        self._outage_errors = (
            exc.OperationalError,
            exc.TimeoutError,
            dbapi.OperationalError,
            dbapi.InterfaceError,  # a connection that broke in the middle
        )
        # A damaged file raises the base class itself; its subclasses are mistakes of ours.
        self._damage = {dbapi.DatabaseError, exc.DatabaseError}

    @classmethod
    def open(
        cls, kind: DatabaseKind, url: URL, reader: Patience = READER, writer: Patience = WRITER
    ) -> Self:
        """The database at that address. Raises ImportError when the driver is not installed."""
        reading = kind.open(url, reader)
        writing = reading if kind.is_embedded else kind.open(url, writer)
        statements = Statements(kind, writing.dialect)
        transactions = kind.transactions(writing)
        outage = Outage(f"the database {reading.url!r}")
        # Ended by what wrote something only: a full disk can be read, and commits of nothing work.
        committer = Committer(transactions, statements, outage.succeeded)
        group_commit = GroupCommit(transactions, committer)
        return cls(kind, reading, writing, statements, group_commit, outage)

    def fetch(self, sql: str, parameters: tuple[Any, ...]) -> Sequence[Sequence[Any]]:
        """All rows of one of the hot statements, as committed. Blocks for up to ten seconds."""
        try:
            return self._reader.fetch(sql, parameters)
        except Exception as error:
            self._note_failure(error)
            raise

    @contextmanager
    def snapshot(self, *, background: bool = False) -> Iterator[Connection]:
        """A transaction to read in, which sees one moment. Waits for a connection for seconds.

        With `background`, on a server, it takes none of the connections that are for requests: all
        of those may be busy.
        """
        engine = self._writing if background else self._reading
        try:
            with engine.begin() as connection:
                yield connection
        except Exception as error:
            self._note_failure(error)
            raise

    def write(self, call: Call[R]) -> R:
        """The result of the call, which is on disk then. Blocks for up to ten seconds."""
        try:
            return self._writer.write(call)
        except Exception as error:
            self._note_failure(error)
            raise

    def close(self) -> None:
        """Commit what is waiting, for a few seconds at most, and let go of the database."""
        self._writer.close()
        self._reader.close()
        self._reading.dispose()

    def _note_failure(self, error: Exception) -> None:
        """Raises RepositoryUnavailable in place of a driver's error that means an outage."""
        if isinstance(error, RepositoryError):
            self._outage.failed(error)
        elif isinstance(error, self._outage_errors) or type(error) in self._damage:
            unavailable = RepositoryUnavailable(str(error.__cause__ or error))
            self._outage.failed(unavailable)
            raise unavailable from error
