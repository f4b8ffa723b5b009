"""Transactions: what group commit asks of a database, and the two ways in which one goes wrong."""

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy.engine.interfaces import DBAPICursor

from application.ports import OutcomeUnknown


class CommitInDoubt(OutcomeUnknown):
    """The answer to a commit was lost: it may or may not have happened."""


class StatementFailed(Exception):
    """A statement failed before the commit, so all of the transaction is rolled back."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error  # what the driver raised


class Transactions(Protocol):
    """Write transactions, one at a time."""

    def begin(self) -> AbstractContextManager[DBAPICursor]:
        """The driver's cursor; commits at the end of the block, rolls back on an exception. Blocks.

        Raises the driver's error or RepositoryUnavailable where none begins or nothing was
        committed, StatementFailed for a statement that was answered only at the end, and
        OutcomeUnknown, CommitInDoubt if it is worth asking, where it may have been committed.
        """

    def may_try_again(self, error: Exception) -> bool:
        """Whether the driver's error proves a rollback, and another try may succeed."""

    def give_way(self) -> None:
        """Called after each commit: let other processes have their turn."""

    def close(self) -> None:
        """Let go of the database."""
