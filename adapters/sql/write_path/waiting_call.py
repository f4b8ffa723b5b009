"""A call between the thread that made it, and waits, and the one that writes."""

import threading

from adapters.sql.write_path.calls import Call, Result
from application.ports import OutcomeUnknown, RepositoryUnavailable


class WaitingCall:
    """A call and its caller, who waits for the result, but not for ever."""

    __slots__ = ("_decided", "_done", "_error", "_result", "call", "is_answered")

    def __init__(self, call: Call) -> None:
        self.call = call
        self._done = threading.Lock()  # the cheapest thing to wait for
        self._done.acquire()
        self._decided = threading.Lock()
        self.is_answered = False
        self._result: Result = []
        self._error: BaseException | None = None

    def wait(self, seconds: float) -> Result:
        """The result; raises what `fail` was given, or how it stands when that takes too long."""
        if not self._done.acquire(timeout=seconds):
            if self.decide():
                raise RepositoryUnavailable(f"the database was busy for {seconds:g} s")
            raise OutcomeUnknown(f"no answer from the database within {seconds:g} s")
        if self._error is not None:
            raise self._error
        return self._result

    def decide(self) -> bool:
        """True once: for the writer, which then applies the call, or for a caller who gives up."""
        return self._decided.acquire(blocking=False)

    def answer(self, result: Result) -> None:
        """To be called once, and not after `fail`."""
        self._result = result
        self._end()

    def fail(self, error: BaseException) -> None:
        """To be called once, and not after `answer`."""
        self._error = error
        self._end()

    def _end(self) -> None:
        self.is_answered = True
        self._done.release()
