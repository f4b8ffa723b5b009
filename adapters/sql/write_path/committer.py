"""Commits calls in one transaction: tries again what was aborted, resolves what is in doubt."""

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy.engine.interfaces import DBAPICursor

from adapters.sql.databases.transactions import CommitInDoubt, StatementFailed, Transactions
from adapters.sql.write_path.call import Call
from adapters.sql.write_path.doubt import finds
from adapters.sql.write_path.statements import Statements
from adapters.sql.write_path.write_set import WriteSet
from application.ports import OutcomeUnknown

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
    """The answer to its commit was lost, and it is not stored yet, but may be a moment later."""

    applied: Applied
    error: CommitInDoubt


Outcome = Committed | RolledBack | InDoubt


class Committer:
    """Commits calls on one database, again if it aborted them, up to `tries` times.

    `note_written` is called after each commit that wrote something. `doubt_seconds` is how long to
    ask whether a commit went through whose answer was lost.
    """

    def __init__(
        self,
        transactions: Transactions,
        statements: Statements,
        note_written: Callable[[], None],
        tries: int = TRIES,
        doubt_seconds: float = DOUBT_SECONDS,
    ) -> None:
        self._transactions = transactions
        self._statements = statements
        self._note_written = note_written
        self._tries = tries
        self._doubt_seconds = doubt_seconds

    def commit(self, calls: Sequence[Call[Any]]) -> Outcome:
        """What became of the calls, after up to `tries` tries. Blocks.

        Tries again what the database aborted, and what is in doubt and not found to be stored.
        InDoubt when any try was, and none is known to be committed. Raises what Transactions.begin
        raises, but for StatementFailed; and CommitInDoubt when the database could not be asked in
        time.
        """
        doubted: Applied | None = None
        for _ in range(self._tries):
            try:
                outcome = self._try(calls, doubted)
            except Exception as failure:
                if doubted is None or isinstance(failure, OutcomeUnknown):
                    raise
                outcome = RolledBack(failure)  # this try; of the earlier one nobody knows
                break
            match outcome:
                case InDoubt(applied):
                    doubted = applied
                case RolledBack(error) if self._transactions.may_try_again(error):
                    pass
                case _:
                    break
        if isinstance(outcome, RolledBack) and doubted is not None:  # the earlier try may be stored
            return InDoubt(doubted, CommitInDoubt(str(outcome.error)))
        return outcome

    def _try(self, calls: Sequence[Call[Any]], doubted: Applied | None) -> Outcome:
        """Apply the calls and commit, unless the `doubted` earlier try is found to be stored."""
        try:
            with self._transactions.begin() as cursor:
                applied = self._apply(cursor, calls, doubted)
        except StatementFailed as failed:
            return RolledBack(failed.error)
        except CommitInDoubt as error:
            if not self._is_stored(applied, error):
                return InDoubt(applied, error)
        if applied.write_set.has_written:
            self._note_written()
        return Committed(applied.results)

    def _apply(
        self, cursor: DBAPICursor, calls: Sequence[Call[Any]], doubted: Applied | None
    ) -> Applied:
        try:
            ids = [order_id for call in calls for order_id in call.order_ids()]
            if doubted is not None:
                ids += doubted.write_set.changed()  # calls may have chosen more: what was due
            write_set = WriteSet(cursor, self._statements)
            write_set.lock(ids)
            if doubted is not None and finds(write_set, doubted.write_set):  # its locks are ours
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
                    return finds(WriteSet(cursor, self._statements), applied.write_set)
            except Exception as error:
                if time.monotonic() > deadline:
                    raise doubt from error
                time.sleep(DOUBT_POLL_SECONDS)  # the database may be starting again
