"""KeptAnswers: what was answered to requests that their clients may repeat."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple, Protocol


class KeptAnswer(NamedTuple):
    """The answer to a request, by the key that its client gave it."""

    fingerprint: str  # of what was asked: 64 hexadecimal digits
    text: str


class Once(NamedTuple):
    """Asks a write to happen once for a key; its answer is stored in the same step."""

    key: str  # 64 hexadecimal digits
    fingerprint: str  # 64 hexadecimal digits
    at: datetime
    answer: Callable[[Any], str]  # from the result of the write; may be called more than once


class KeyUsed(Exception):
    """A write for this key was stored before; nothing of this one is."""


class KeptAnswers(Protocol):
    """Reads what OrderRepository stores beside its writes. Blocks and raises as it does."""

    def find(self, key: str) -> KeptAnswer | None:
        """The answer for that key, if one is kept."""

    def forget(self, before: datetime, limit: int) -> int:
        """Drop up to `limit` answers that are older; returns how many there were."""
