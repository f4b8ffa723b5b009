"""Repeatable: a request whose client may send it again, and is to have the same answer."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from application.ports import Once


class Repeatable(NamedTuple):
    """The key and the fingerprint of a request, and how its answer is written down."""

    key: str  # 64 hexadecimal digits
    fingerprint: str  # 64 hexadecimal digits
    write_answer: Callable[[Any], str]  # from what the use case returns

    def once(self, outcome: Any, at: datetime) -> Once:
        """For a write of which this comes, if it is made at all."""
        text = self.write_answer(outcome)  # here, not in the thread that writes
        return Once(self.key, self.fingerprint, at, lambda _: text)

    def once_known(self, at: datetime, outcome: Callable[[Any], Any]) -> Once:
        """For a write whose result says what comes of it."""
        return Once(self.key, self.fingerprint, at, lambda done: self.write_answer(outcome(done)))


def once_of(repeatable: Repeatable | None, at: datetime) -> Once | None:
    """For a write whose result is what the use case returns."""
    return None if repeatable is None else repeatable.once_known(at, lambda result: result)
