"""Group commit: one thread writes, and commits whatever calls are waiting in one transaction."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue

from sqlalchemy.engine.interfaces import DBAPICursor

from adapters.sql.calls import Call, Result
from adapters.sql.statements import Statements
from adapters.sql.transactions import CommitInDoubt, StatementFailed, Transactions
from adapters.sql.writes import Applied, apply_calls
from application.ports import RepositoryUnavailable

log = logging.getLogger(__name__)

ORDERS_IN_A_GROUP = 1_000  # keeps a transaction short; a larger call is a group of its own
TRIES = 10  # of a group that the database rolls back for the sake of another transaction
DOUBT_SECONDS = 10.0  # how long a commit whose answer was lost is looked for
DOUBT_POLL_SECONDS = 0.2


class _Waiting:
    """A call and its caller, who waits for the result."""

    __slots__ = ("_done", "_error", "_result", "call")

    def __init__(self, call: Call) -> None:
        self.call = call
        self._done = threading.Lock()  # the cheapest thing to wait for
        self._done.acquire()
        self._result: Result = []
        self._error: Exception | None = None

    def wait(self) -> Result:
        self._done.acquire()
        if self._error is not None:
            raise self._error
        return self._result

    def answer(self, result: Result) -> None:
        self._result = result
        self._done.release()

    def fail(self, error: Exception) -> None:
        self._error = error
        self._done.release()


class GroupCommit:
    """A Writer whose callers share transactions, and so share the wait for the disk.

    Each caller waits for its own result, and a call that fails does so alone. The thread starts
    with the first call, so that a process may fork before. `pause` runs after each commit.
    """

    def __init__(
        self,
        transactions: Transactions,
        statements: Statements,
        pause: Callable[[], None],
    ) -> None:
        self._transactions = transactions
        self._statements = statements
        self._pause = pause
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closed = False

    def __call__(self, call: Call) -> Result:
        """The result of the call, on disk; raises what the call raised, and no other's error."""
        if self._thread is None:
            self._start()
        waiting = _Waiting(call)
        with self._lock:
            if self._closed:
                raise RepositoryUnavailable("the repository is closed")
            self._queue.put(waiting)
        return waiting.wait()

    @property
    def waiting(self) -> int:
        """How many calls stand in line."""
        return self._queue.qsize()

    def close(self) -> None:
        """Commit what is waiting, and stop."""
        with self._lock:  # whoever was first stands in line before the end
            self._closed = True
            self._queue.put(None)
        if self._thread is not None:
            self._thread.join()
        self._transactions.close()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            group, closing = self._next_group()
            self._commit(group)
            if closing:
                return
            self._pause()

    def _next_group(self) -> tuple[list[_Waiting], bool]:
        group: list[_Waiting] = []
        size = 0
        next_call = self._queue.get()
        while next_call is not None:
            group.append(next_call)
            size += next_call.call.size
            if size >= ORDERS_IN_A_GROUP:
                return group, False
            try:
                next_call = self._queue.get_nowait()
            except Empty:
                return group, False
        return group, True

    def _commit(self, group: Sequence[_Waiting]) -> None:
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
        tries_left = TRIES
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
        deadline = time.monotonic() + DOUBT_SECONDS
        while True:
            try:
                with self._transactions() as cursor:
                    return applied.is_stored(cursor, self._statements)
            except Exception as error:
                if time.monotonic() > deadline:
                    raise doubt from error
                log.warning("the answer to a commit was lost; looking for it: %s", error)
                time.sleep(DOUBT_POLL_SECONDS)  # the database may be starting again
