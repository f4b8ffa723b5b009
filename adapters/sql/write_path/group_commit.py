"""Group commit: one thread writes, and commits whatever calls are waiting in one transaction."""

import logging
import threading
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from adapters.sql.databases.transactions import Transactions
from adapters.sql.write_path.call import Call
from adapters.sql.write_path.committer import Committed, Committer, InDoubt, RolledBack
from adapters.sql.write_path.receipt import Receipt
from application.ports import OutcomeUnknown, RepositoryUnavailable

log = logging.getLogger(__name__)

R = TypeVar("R")

ORDERS_IN_A_GROUP = 1_000  # keeps a transaction short; a larger call is a group of its own
ANSWER_SECONDS = 8.0  # how long a caller waits; with all else, an answer takes under ten
CLOSE_SECONDS = 2.0  # for what the writer is doing at the end


class GroupCommit:
    """Callers share transactions, and so share the wait for the disk.

    Each caller waits for its own result, up to `answer_seconds`, and a call that fails does so
    alone. The thread starts with the first call, so that a process may fork before, and nothing
    that is raised ends it.
    """

    def __init__(
        self,
        transactions: Transactions,
        committer: Committer,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._transactions = transactions
        self._committer = committer
        self._answer_seconds = answer_seconds
        self._queue: SimpleQueue[Receipt[Any] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closed = False

    def write(self, call: Call[R]) -> R:
        """The result of the call, which is on disk then. Blocks for `answer_seconds` at most.

        Raises that call's error only; RepositoryUnavailable when the writer did not get to the
        call in time, so that nothing of it is stored; OutcomeUnknown when the writer had begun.
        """
        if self._thread is None:
            self._start()
        receipt = Receipt(call)
        with self._lock:
            if self._closed:
                raise RepositoryUnavailable("the repository is closed")
            self._queue.put(receipt)  # _run takes it from here, in the writer's thread
        return receipt.wait(self._answer_seconds)

    @property
    def waiting(self) -> int:
        """How many calls are in the queue."""
        return self._queue.qsize()

    def close(self) -> None:
        """Commit what is waiting, and stop. Returns within CLOSE_SECONDS, done or not."""
        with self._lock:  # what was queued before comes before the end
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
            group: list[Receipt[Any]] = []
            try:
                closing = self._gather(group)
                self._commit([receipt for receipt in group if not receipt.call.is_alone])
                for receipt in group:
                    if receipt.call.is_alone:
                        self._commit([receipt])
                self._transactions.give_way()
            except BaseException as error:
                log.exception("the writer failed, and goes on")
                doubt = OutcomeUnknown(f"the writer failed: {error!r}")
                _fail([receipt for receipt in group if not receipt.is_answered], doubt)

    def _gather(self, group: list[Receipt[Any]]) -> bool:
        """Collect the calls that wait, at least one; True once the queue is closed."""
        size = 0
        receipt = self._queue.get()
        while receipt is not None:
            if receipt.claim():  # else its caller has given up
                group.append(receipt)
                size += receipt.call.size
            if size >= ORDERS_IN_A_GROUP:
                return False
            try:
                receipt = self._queue.get_nowait()
            except Empty:
                return False
        return True

    def _commit(self, group: Sequence[Receipt[Any]]) -> None:
        """In one transaction, and answer its callers."""
        if not group:
            return
        try:
            outcome = self._committer.commit([receipt.call for receipt in group])
        except Exception as failure:
            _fail(group, failure)
            return
        match outcome:
            case Committed(results):
                for receipt, result in zip(group, results, strict=True):
                    receipt.answer(result)
            case RolledBack() if len(group) > 1:  # one of them is at fault: each on its own
                for receipt in group:
                    self._commit([receipt])
            case RolledBack(error):
                _fail(group, error)
            case InDoubt(_, doubt):
                _fail(group, doubt)


def _fail(group: Sequence[Receipt[Any]], error: BaseException) -> None:
    for receipt in group:
        receipt.fail(error)
