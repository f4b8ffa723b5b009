"""Stores on databases, put together as the service does, or with a part replaced."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine
from sqlalchemy.engine.interfaces import DBAPICursor

from adapters.memory.stores import InMemoryStores
from adapters.sql.database import Database
from adapters.sql.databases.kind import READER, WRITER, DatabaseKind, Patience
from adapters.sql.databases.known import kind_of
from adapters.sql.databases.transactions import Transactions
from adapters.sql.outage import Outage
from adapters.sql.revision import migrate
from adapters.sql.stores import SqlStores
from adapters.sql.write_path.call import Call
from adapters.sql.write_path.committer import Committer
from adapters.sql.write_path.group_commit import GroupCommit
from adapters.sql.write_path.statements import Statements
from adapters.sql.write_path.write_set import WriteSet

Stores = InMemoryStores | SqlStores


def file_url(path: Path) -> URL:
    """Of an SQLite file."""
    return URL.create("sqlite", database=str(path))


def migrated_file(path: Path, kind: DatabaseKind | None = None) -> URL:
    """A new SQLite file with the schema."""
    url = file_url(path)
    engine = (kind or kind_of(url)).open(url, WRITER)
    migrate(engine)
    engine.dispose()
    return engine.url


def open_engine(url: URL, patience: Patience = WRITER) -> Engine:
    return kind_of(url).open(url, patience)


def transactions_on(engine: Engine) -> Transactions:
    return kind_of(engine.url).transactions(engine)


def statements_for(engine: Engine) -> Statements:
    return Statements(kind_of(engine.url), engine.dialect)


def open_stores(
    url: URL,
    reader: Patience = READER,
    writer: Patience = WRITER,
    kind: DatabaseKind | None = None,
) -> SqlStores:
    """As the container does."""
    return SqlStores(Database.open(kind or kind_of(url), url, reader, writer))


def stores_with(
    engine: Engine,
    transactions: Transactions,
    committer: Callable[..., Committer] = Committer,
    **limits: Any,
) -> tuple[SqlStores, GroupCommit]:
    """Stores whose writes go through these transactions; the first to succeed ends an outage."""
    kind, statements = kind_of(engine.url), statements_for(engine)
    outage = Outage("the database", calm_seconds=0)
    commits = committer(transactions, statements, outage.succeeded)
    writer = GroupCommit(transactions, commits, **limits)
    return SqlStores(Database(kind, engine, engine, statements, writer, outage)), writer


def apply(engine: Engine, cursor: DBAPICursor, call: Call[Any]) -> None:
    """What another process does in a transaction of its own."""
    write_set = WriteSet(cursor, statements_for(engine))
    write_set.lock(call.order_ids())
    call.apply(write_set)
    write_set.write()
