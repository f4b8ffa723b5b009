"""Commits some calls in one transaction: each try, and the three ways in which it ends."""

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy.engine.interfaces import DBAPICursor

from adapters.sql.databases.transactions import CommitInDoubt, StatementFailed, Transactions
from adapters.sql.write_path.call import Call
from adapters.sql.write_path.statements import Statements
from adapters.sql.write_path.write_set import WriteSet

TRIES = 10  # of a group that the database aborts (deadlock, serialization)
DOUBT_SECONDS = 10.0  # how long a commit whose answer was lost is looked for
DOUBT_POLL_SECONDS = 0.2


class Applied(NamedTuple):
    """What a transaction does, whether it is committed or not."""

    results: Sequence[Any]  # of each call
    write_set: WriteSet


class Committed(NamedTuple):
    """It is on disk."""

    results: Sequence[Any]


class RolledBack(NamedTuple):
    """Nothing of it is stored."""

    error: Exception  # the driver's, or what a call raised


class InDoubt(NamedTuple):
    """Its commit went unanswered, and it is not there yet; the server may still be busy with it."""

    applied: Applied
    error: CommitInDoubt


Outcome = Committed | RolledBack | InDoubt


class Committer:
    """Tries, on one database, up to `tries` times.

    `doubt_seconds` is how long a commit whose answer was lost is looked for.
    """

    def __init__(
        self,
        transactions: Transactions,
        statements: Statements,
        tries: int = TRIES,
        doubt_seconds: float = DOUBT_SECONDS,
    ) -> None:
        self._transactions = transactions
        self._statements = statements
        self._tries = tries
        self._doubt_seconds = doubt_seconds

    def commit(self, calls: Sequence[Call[Any]]) -> Outcome:
        """What became of the calls, once no other try is likely to change it.

        Raises what the driver raises where no transaction begins, and CommitInDoubt when nobody
        can be asked what became of one.
        """
        doubted: Applied | None = None
        for _ in range(self._tries):
            outcome = self._try(calls, doubted)
            match outcome:
                case Committed():
                    return outcome
                case InDoubt(applied):
                    doubted = applied
                case RolledBack(error) if not self._transactions.may_try_again(error):
                    break
        if isinstance(outcome, RolledBack) and doubted is not None:  # which may be stored after all
            return InDoubt(doubted, CommitInDoubt(str(outcome.error)))
        return outcome

    def _try(self, calls: Sequence[Call[Any]], doubted: Applied | None) -> Outcome:
        """Apply the calls and commit; what `doubted` is found to have done is not done again."""
        try:
            with self._transactions.begin() as cursor:
                applied = self._apply(cursor, calls, doubted)
        except StatementFailed as failed:
            return RolledBack(failed.error)
        except CommitInDoubt as error:
            is_stored = self._is_stored(applied, error)
            return Committed(applied.results) if is_stored else InDoubt(applied, error)
        return Committed(applied.results)

    def _apply(
        self, cursor: DBAPICursor, calls: Sequence[Call[Any]], doubted: Applied | None
    ) -> Applied:
        try:
            ids = [order_id for call in calls for order_id in call.order_ids()]
            write_set = WriteSet(cursor, self._statements, ids)
            if doubted is not None and write_set.finds(doubted.write_set):  # locks are gone by now
                return doubted
            results = [call.apply(write_set) for call in calls]
            write_set.write()
        except Exception as error:
            raise StatementFailed(error) from error
        return Applied(results, write_set)

    def _is_stored(self, applied: Applied, doubt: CommitInDoubt) -> bool:
        """Ask the database, once it answers again; raises the doubt when that takes too long."""
        deadline = time.monotonic() + self._doubt_seconds
        while True:
            try:
                with self._transactions.begin() as cursor:
                    return WriteSet(cursor, self._statements).finds(applied.write_set)
            except Exception as error:
                if time.monotonic() > deadline:
                    raise doubt from error
                time.sleep(DOUBT_POLL_SECONDS)  # the database may be starting again
