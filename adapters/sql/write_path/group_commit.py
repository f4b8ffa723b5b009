"""Group commit: one thread writes, and commits whatever calls are waiting in one transaction."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue

from sqlalchemy.engine.interfaces import DBAPICursor

from adapters.sql.write_path.calls import Call, Probe, Result
from adapters.sql.write_path.statements import Statements
from adapters.sql.write_path.transactions import CommitInDoubt, StatementFailed, Transactions
from adapters.sql.write_path.waiting_call import WaitingCall
from adapters.sql.write_path.writes import Applied, apply_calls
from application.ports import OutcomeUnknown, RepositoryUnavailable

log = logging.getLogger(__name__)

ORDERS_IN_A_GROUP = 1_000  # keeps a transaction short; a larger call is a group of its own
TRIES = 10  # of a group that the database rolls back for the sake of another transaction
ANSWER_SECONDS = 8.0  # how long a caller waits; with all else, an answer takes under ten
DOUBT_SECONDS = 10.0  # how long a commit whose answer was lost is looked for
DOUBT_POLL_SECONDS = 0.2
CLOSE_SECONDS = 2.0  # for what the writer is doing at the end


class GroupCommit:
    """A Writer whose callers share transactions, and so share the wait for the disk.

    Each caller waits for its own result, up to `answer_seconds`, and a call that fails does so
    alone. The thread starts with the first call, so that a process may fork before, and nothing
    that is raised ends it. `pause` runs after each commit.
    """

    def __init__(
        self,
        transactions: Transactions,
        statements: Statements,
        pause: Callable[[], None],
        answer_seconds: float = ANSWER_SECONDS,
        doubt_seconds: float = DOUBT_SECONDS,
        tries: int = TRIES,
    ) -> None:
        self._transactions = transactions
        self._statements = statements
        self._pause = pause
        self._answer_seconds = answer_seconds
        self._doubt_seconds = doubt_seconds
        self._tries = tries
        self._queue: SimpleQueue[WaitingCall | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closed = False

    def __call__(self, call: Call) -> Result:
        """The result of the call, on disk; raises what the call raised, and no other's error.

        Raises RepositoryUnavailable when the writer did not get to the call in time, and
        OutcomeUnknown when it had begun.
        """
        if self._thread is None:
            self._start()
        waiting = WaitingCall(call)
        with self._lock:
            if self._closed:
                raise RepositoryUnavailable("the repository is closed")
            self._queue.put(waiting)
        return waiting.wait(self._answer_seconds)

    @property
    def waiting(self) -> int:
        """How many calls stand in line."""
        return self._queue.qsize()

    def close(self) -> None:
        """Commit what is waiting, and stop. Returns in time also when the database is silent."""
        with self._lock:  # whoever was first stands in line before the end
            self._closed = True
            self._queue.put(None)
        if self._thread is not None:
            self._thread.join(CLOSE_SECONDS)
            if self._thread.is_alive():
                return  # it has the connection; the end of the process takes both
        self._transactions.close()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="writer", daemon=True)
                try:
                    thread.start()
                except RuntimeError as error:  # the system has no more
                    raise RepositoryUnavailable(f"no thread to write with: {error}") from error
                self._thread = thread

    def _run(self) -> None:
        closing = False
        while not closing:
            group: list[WaitingCall] = []
            try:
                closing = self._gather(group)
                self._commit([one for one in group if not isinstance(one.call, Probe)])
                for probe in (one for one in group if isinstance(one.call, Probe)):
                    self._commit([probe])
                self._pause()
            except BaseException as error:
                log.exception("the writer failed, and goes on")
                doubt = OutcomeUnknown(f"the writer failed: {error!r}")
                for one in group:
                    if not one.is_answered:
                        one.fail(doubt)

    def _gather(self, group: list[WaitingCall]) -> bool:
        """Add the calls that wait, at least one; True when none will come behind them."""
        size = 0
        next_call = self._queue.get()
        while next_call is not None:
            if next_call.decide():  # else its caller has given up
                group.append(next_call)
                size += next_call.call.size
            if size >= ORDERS_IN_A_GROUP:
                return False
            try:
                next_call = self._queue.get_nowait()
            except Empty:
                return False
        return True

    def _commit(self, group: Sequence[WaitingCall]) -> None:
        if not group:
            return
        try:
            results = self._results([one.call for one in group])
        except StatementFailed as failed:
            if len(group) > 1:  # one of them is at fault: each on its own
                for one in group:
                    self._commit([one])
            else:
                group[0].fail(failed.error)
        except Exception as error:
            for one in group:
                one.fail(error)
        else:
            for one, result in zip(group, results, strict=True):
                one.answer(result)

    def _results(self, calls: Sequence[Call]) -> Sequence[Result]:
        tries_left = self._tries
        doubted: Applied | None = None  # the server may still be busy with its commit
        while True:
            tries_left -= 1
            try:
                with self._transactions() as cursor:
                    applied = self._apply(cursor, calls, doubted)
                return applied.results
            except StatementFailed as failed:
                if not tries_left or not self._transactions.try_again(failed.error):
                    if doubted is not None:  # the calls may be stored: none of them failed alone
                        raise CommitInDoubt(str(failed.error)) from failed
                    raise
            except CommitInDoubt as doubt:
                if self._is_stored(applied, doubt):
                    return applied.results
                if not tries_left:
                    raise
                doubted = applied

    def _apply(
        self, cursor: DBAPICursor, calls: Sequence[Call], doubted: Applied | None
    ) -> Applied:
        try:
            return apply_calls(cursor, self._statements, calls, doubted)
        except Exception as error:
            raise StatementFailed(error) from error

    def _is_stored(self, applied: Applied, doubt: CommitInDoubt) -> bool:
        """Ask the database, once it answers again; raises the doubt when that takes too long."""
        deadline = time.monotonic() + self._doubt_seconds
        while True:
            try:
                with self._transactions() as cursor:
                    return applied.is_stored(cursor, self._statements)
            except Exception as error:
                if time.monotonic() > deadline:
                    raise doubt from error
                time.sleep(DOUBT_POLL_SECONDS)  # the database may be starting again
