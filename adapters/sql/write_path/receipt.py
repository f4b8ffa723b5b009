"""Receipt: what a caller waits on while the writer's thread gets to its call."""

import threading
from typing import Any, Generic, TypeVar

from adapters.sql.write_path.call import Call
from application.ports import OutcomeUnknown, RepositoryUnavailable

R = TypeVar("R")


class Receipt(Generic[R]):
    """A call, and later its result. Its caller waits, but not for ever."""

    __slots__ = ("_decided", "_done", "_error", "_result", "call", "is_answered")

    def __init__(self, call: Call[R]) -> None:
        self.call = call
        self._done = threading.Lock()  # the cheapest thing to wait for
        self._done.acquire()
        self._decided = threading.Lock()
        self.is_answered = False
        self._result: Any = None  # an R once it is answered
        self._error: BaseException | None = None

    def wait(self, seconds: float) -> R:
        """The result; raises what `fail` was given.

        When that takes too long, raises RepositoryUnavailable for a call that is withdrawn, and
        OutcomeUnknown for one that has been begun.
        """
        if not self._done.acquire(timeout=seconds):
            if self.decide():
                raise RepositoryUnavailable(f"the database was busy for {seconds:g} s")
            raise OutcomeUnknown(f"no answer from the database within {seconds:g} s")
        if self._error is not None:
            raise self._error
        result: R = self._result
        return result

    def decide(self) -> bool:
        """True once: for the writer, which then applies the call, or for a caller who gives up."""
        return self._decided.acquire(blocking=False)

    def answer(self, result: R) -> None:
        """To be called once, and not after `fail`."""
        self._result = result
        self.is_answered = True
        self._done.release()

    def fail(self, error: BaseException) -> None:
        """To be called once, and not after `answer`."""
        self._error = error
        self.is_answered = True
        self._done.release()
