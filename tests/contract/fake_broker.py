"""A broker in memory for CeleryQueue, which can be slow, away, or fail for a moment."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from adapters.celery.queue import Hint

LIMIT_SECONDS = 60.0


class FakeBroker:
    """Takes hints once `lets_publish` is set; `published` are those it took."""

    def __init__(self) -> None:
        self.published: list[Hint] = []
        self.consumed = 0
        self.lets_publish = threading.Event()
        self.is_away = False
        self.fails_to_take = 0  # how many more hints it refuses; each refusal ends the session

    @contextmanager
    def connect(self) -> Iterator["FakeBroker"]:
        self._answer()
        yield self

    def publish(self, hint: Hint) -> None:
        self.lets_publish.wait(LIMIT_SECONDS)
        self._answer()
        if self.fails_to_take:
            self.fails_to_take -= 1
            raise ConnectionResetError("while publishing")
        self.published.append(hint)

    def waiting(self) -> int:
        self._answer()
        return len(self.published) - self.consumed

    def _answer(self) -> None:
        if self.is_away:
            raise ConnectionRefusedError("nobody listens")
