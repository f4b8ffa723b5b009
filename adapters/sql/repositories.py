"""An SqlOrderRepository put together for each kind of database."""

from sqlalchemy import Engine

from adapters.sql.databases.servers import COUNTER_SLOTS, ServerReader, ServerTransactions
from adapters.sql.databases.sqlite import SqliteReader, SqliteTransactions, TurnTaking
from adapters.sql.repository import SqlOrderRepository
from adapters.sql.write_path.group_commit import GroupCommit
from adapters.sql.write_path.statements import Statements


def sqlite_repository(engine: Engine) -> SqlOrderRepository:
    """Orders on SQLite, written by group commit."""
    statements = Statements(engine.dialect)
    return SqlOrderRepository(
        engine,
        statements,
        SqliteReader(engine),
        GroupCommit(SqliteTransactions(engine), statements, TurnTaking()),
    )


def server_repository(reading: Engine, writing: Engine) -> SqlOrderRepository:
    """Orders on PostgreSQL, MariaDB or MySQL, written by group commit."""
    statements = Statements(writing.dialect, COUNTER_SLOTS)
    return SqlOrderRepository(
        reading,
        statements,
        ServerReader(reading),
        GroupCommit(ServerTransactions(writing), statements, pause=lambda: None),
        background=writing,
    )
