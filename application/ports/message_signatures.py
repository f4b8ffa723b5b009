"""MessageSignatures: who has sent a message, shown by a secret that both sides share."""

from collections.abc import Mapping
from typing import Protocol


class MessageSignatures(Protocol):
    """Signs what is sent to another system, and checks what comes from it. Does not block."""

    def headers(self, message_id: str, body: bytes) -> dict[str, str]:
        """The headers to send with this body. A message that is sent again keeps its id."""

    def check(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises BadSignature unless the body was signed with the secret, not long ago."""


class BadSignature(Exception):
    """The message is not from whom it should be; the text says why, to whoever sent it."""
