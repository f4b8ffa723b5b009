"""A broker in memory for CeleryQueue, which can be slow, away, or fail for a moment."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain

from application.processing.follow_hints import Hint

LIMIT_SECONDS = 60.0


class FakeBroker:
    """Takes messages once `lets_publish` is set."""

    def __init__(self) -> None:
        self.messages: list[Sequence[Hint]] = []
        self.consumed = 0  # messages
        self.lets_publish = threading.Event()
        self.is_publishing = False  # or has published
        self.measured = threading.Event()
        self.is_away = False
        self.fails_to_take = 0  # how many more messages it refuses; each refusal ends the session

    @contextmanager
    def connect(self) -> Iterator["FakeBroker"]:
        self._answer()
        yield self

    @property
    def published(self) -> list[Hint]:
        """The hints of all messages."""
        return [*chain(*self.messages)]

    def publish(self, hints: Sequence[Hint]) -> None:
        self.is_publishing = True
        self.lets_publish.wait(LIMIT_SECONDS)
        self._answer()
        if self.fails_to_take:
            self.fails_to_take -= 1
            raise ConnectionResetError("while publishing")
        self.messages.append(hints)

    def waiting(self) -> int:
        self._answer()
        self.measured.set()
        return len(self.messages) - self.consumed

    def _answer(self) -> None:
        if self.is_away:
            raise ConnectionRefusedError("nobody listens")
