"""Transactions: what group commit asks of a database, and the two ways in which one goes wrong."""

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy.engine.interfaces import DBAPICursor

from application.ports import OutcomeUnknown


class CommitInDoubt(OutcomeUnknown):
    """The answer to a commit was lost: it may or may not have happened."""


class StatementFailed(Exception):
    """Something failed before the commit, so the whole transaction is rolled back."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error  # the driver's, or what a call raised


class Transactions(Protocol):
    """Write transactions, one at a time."""

    def begin(self) -> AbstractContextManager[DBAPICursor]:
        """The driver's cursor; commits at the end of the block, rolls back on an exception. Blocks.

        When it does not commit, raises: the driver's error or RepositoryUnavailable, and nothing is
        stored; StatementFailed, for a statement that was answered only at the end; CommitInDoubt,
        when the commit's answer was lost and the database can be asked; OutcomeUnknown, when asking
        is of no use.
        """

    def may_try_again(self, error: Exception) -> bool:
        """Whether the driver's error proves a rollback, and another try may succeed."""

    def give_way(self) -> None:
        """Called after each commit: let other processes have their turn."""

    def close(self) -> None:
        """Let go of the database."""
