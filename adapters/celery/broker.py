"""Broker: what CeleryQueue needs of whatever carries the hints."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from application.processing.follow_hints import Hint


class Session(Protocol):
    """A session for one thread. Each call has a time limit and may raise anything."""

    def publish(self, hints: Sequence[Hint]) -> None:
        """Publish a message with these hints; on RabbitMQ, wait for the confirmation."""

    def waiting(self) -> int:
        """How many messages wait at the broker."""


class Broker(Protocol):
    """Where the hints are kept on their way."""

    def connect(self) -> AbstractContextManager[Session]:
        """A new session, closed at the end of the block; raises when the broker is away."""
