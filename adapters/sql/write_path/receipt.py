"""Receipt: what a caller waits on until the writer's thread has dealt with its call."""

import threading
from typing import Any, Generic, TypeVar

from adapters.sql.write_path.call import Call
from application.ports import OutcomeUnknown, RepositoryUnavailable

R = TypeVar("R")


class Receipt(Generic[R]):
    """A call, and later its result. Its caller waits, but not for ever."""

    __slots__ = ("_answered", "_claimed", "_error", "_result", "call", "is_answered")

    def __init__(self, call: Call[R]) -> None:
        self.call = call
        self._answered = threading.Lock()  # released by the answer: the cheapest thing to wait for
        self._answered.acquire()
        self._claimed = threading.Lock()  # taken once, and never released
        self.is_answered = False
        self._result: Any = None  # an R once it is answered
        self._error: BaseException | None = None

    def wait(self, seconds: float) -> R:
        """The result; raises what `fail` was given.

        When that takes too long, raises RepositoryUnavailable for a call that is withdrawn, and
        OutcomeUnknown for one that has been begun.
        """
        if not self._answered.acquire(timeout=seconds):
            if self.claim():
                raise RepositoryUnavailable(f"the database was busy for {seconds:g} s")
            raise OutcomeUnknown(f"no answer from the database within {seconds:g} s")
        if self._error is not None:
            raise self._error
        result: R = self._result
        return result

    def claim(self) -> bool:
        """Claim the call, to apply it or to withdraw it; True for the first of the two only."""
        return self._claimed.acquire(blocking=False)

    def answer(self, result: R) -> None:
        """To be called once, and not after `fail`."""
        self._result = result
        self.is_answered = True
        self._answered.release()

    def fail(self, error: BaseException) -> None:
        """To be called once, and not after `answer`."""
        self._error = error
        self.is_answered = True
        self._answered.release()
