"""OrderFile: a format of files with orders, and what import finds on a line of one."""

import codecs
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any, NamedTuple, Protocol

from application.orders.create_order import NewOrder
from domain.order import Order
from entrypoints.http.errors import InvalidRequest
from entrypoints.http.operation import load
from entrypoints.http.orders.new_order import NewOrderSchema
from entrypoints.wiring.settings import StartError

PIECE_BYTES = 1024 * 1024  # read at once: a file that has no lines may be large
ADDED = ("line", "reason")  # what a rejected order has beyond its fields; import passes over them

_schema = NewOrderSchema()


class Found(NamedTuple):
    """One order of a file, or what stands in its place."""

    line: int  # from 1, where it begins
    order: NewOrder | None
    problem: str  # why it is none
    source: Any  # what the format needs to write it once more


class OrderFile(Protocol):
    """One format, for one file: it may remember what that file begins with."""

    def read(self, pieces: Iterable[bytes]) -> Iterator[Found]:
        """The orders in these lines. Raises StartError for a file of another form."""

    def rejects_head(self) -> str:
        """How a file of rejected orders begins."""

    def rejected(self, found: Found, reason: str) -> str:
        """The order once more, with its line and the reason: to be corrected and imported."""

    def head(self) -> str:
        """How a file of orders begins."""

    def written(self, order: Order) -> str:
        """What a customer asked for, as `read` takes it."""


def pieces_of(file: IO[bytes], on_read: Callable[[int], None]) -> Iterator[bytes]:
    """The lines of a file; `on_read` gets the length of each. Long ones come in several pieces."""
    mark = codecs.BOM_UTF8  # which some programs begin a file with
    while piece := file.readline(PIECE_BYTES):
        on_read(len(piece))
        yield piece.removeprefix(mark)
        mark = b""


@contextmanager
def usable(path: str) -> Iterator[None]:
    """Raises StartError when a file that is used in the block, mostly that one, cannot be."""
    try:
        yield
    except BrokenPipeError:  # who reads our output has seen enough
        raise
    except OSError as error:
        name = str(error.filename or path)
        if ".__atomic-write" in name:  # click writes to a file of that name, and renames it
            name = path
        raise StartError(f"{name}: {error.strerror}") from error


def found(line: int, document: Any, source: Any) -> Found:
    """An order if the document is one of the right types; the domain checks its values."""
    try:
        return Found(line, load(_schema, document), "", source)
    except InvalidRequest as error:
        return Found(line, None, error.message, source)
