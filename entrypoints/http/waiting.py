"""How a streamed answer waits for something to send, without holding a thread."""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, InvalidStateError, wait
from contextlib import suppress
from typing import Any, cast

from flask import request

WAITS = "orders.waits"  # in a request's environ: the server waits, and no thread is held


class Wait:
    """What a streamed answer yields instead of bytes while it has none.

    It is pulled again once somebody calls `wake`, or after `seconds`; between, it may be closed.
    Make a new one for each wait, hand its `wake` to whoever will have news, and look for news
    after that, so that none is missed.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.woken: Future[None] = Future()

    def wake(self) -> None:
        """Have the answer pulled again; before it is yielded, too. Thread-safe, does not block."""
        with suppress(InvalidStateError):  # nobody waits any more
            self.woken.set_result(None)


def waiting(
    pieces: Iterable[bytes | Wait], environ: Mapping[str, Any] | None = None
) -> Iterator[bytes]:
    """The pieces of an answer to this request, for a Response; to that of `environ`, if given.

    Our server takes each Wait, though Flask's types know of bytes alone. Other servers do not: they
    are made to wait in the request's thread.
    """
    if WAITS in (request.environ if environ is None else environ):
        return cast("Iterator[bytes]", iter(pieces))
    return _block(pieces)


def _block(pieces: Iterable[bytes | Wait]) -> Iterator[bytes]:
    for piece in pieces:
        if isinstance(piece, Wait):
            wait([piece.woken], piece.seconds)
        else:
            yield piece
