"""Repositories whose databases lose the answers to commits."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine

from adapters.sql.databases.server_kinds import WRITER, Patience
from adapters.sql.databases.servers import (
    COUNTER_SLOTS,
    ServerReader,
    ServerTransactions,
    open_server,
)
from adapters.sql.databases.sqlite import (
    SqliteReader,
    SqliteTransactions,
    choose_library,
    open_sqlite,
)
from adapters.sql.repository import SqlOrderRepository
from adapters.sql.schema.revision import migrate
from adapters.sql.write_path.group_commit import GroupCommit
from adapters.sql.write_path.statements import Statements
from adapters.sql.write_path.transactions import CommitInDoubt, Transactions


class Lossy:
    """Transactions that lose the answer to a commit, before or after it happened."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self.lose_before = 0  # so many commits that do not happen
        self.lose_after = 0  # so many commits that do
        self.commits_late = False  # once: the server works on a commit after the answer is lost
        self.late: threading.Thread | None = None
        self.late_by_seconds = 0.3
        self.meanwhile: Callable[[], object] = lambda: None  # once, behind a commit that did not

    @contextmanager
    def __call__(self) -> Iterator[Any]:
        if self.commits_late:
            self.commits_late = False
            transaction = self._transactions()
            yield transaction.__enter__()
            self.late = threading.Timer(
                self.late_by_seconds, transaction.__exit__, args=(None, None, None)
            )
            self.late.start()
            raise CommitInDoubt("no answer yet")
        try:
            with self._transactions() as cursor:
                yield cursor
                if self.lose_before:
                    self.lose_before -= 1
                    raise CommitInDoubt("connection reset")
        except CommitInDoubt:
            meanwhile, self.meanwhile = self.meanwhile, lambda: None
            meanwhile()
            raise
        if self.lose_after:
            self.lose_after -= 1
            raise CommitInDoubt("connection reset")

    def try_again(self, error: Exception) -> bool:
        return self._transactions.try_again(error)

    def close(self) -> None:
        self._transactions.close()


class Store:
    """A repository whose answers get lost on request."""

    def __init__(
        self, engine: Engine, inner: Transactions, reader: Any, slots: int, **limits: Any
    ) -> None:
        statements = Statements(engine.dialect, slots)
        self.lossy = Lossy(inner)
        writer = GroupCommit(self.lossy, statements, pause=lambda: None, **limits)
        self.repository = SqlOrderRepository(engine, statements, reader, writer)


def on_sqlite(path: Path, **limits: Any) -> Store:
    engine = open_sqlite(URL.create("sqlite", database=str(path)), choose_library())
    migrate(engine)
    return Store(engine, SqliteTransactions(engine), SqliteReader(engine), 1, **limits)


def on_server(url: URL, patience: Patience = WRITER, **limits: Any) -> Store:
    engine = open_server(url, patience)
    transactions = ServerTransactions(engine)
    return Store(engine, transactions, ServerReader(engine), COUNTER_SLOTS, **limits)
