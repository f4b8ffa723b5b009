"""Spool: text that is made before it is sent, compressed in memory: no disk to run full."""

import threading
import zlib
from collections import deque
from collections.abc import Iterator

from entrypoints.http.errors import Busy

SPOOLS_BYTES = 256 * 1024 * 1024  # of all that clients have yet to take, in one process
CHUNK_BYTES = 64 * 1024
TOO_MANY = "clients have yet to take too many lists of ids; try again"


class SpoolMemory:
    """Counts what spools hold, all together. Thread-safe."""

    def __init__(self, most_bytes: int = SPOOLS_BYTES) -> None:
        self.most_bytes = most_bytes
        self._lock = threading.RLock()  # the garbage collector may drop a spool in here
        self._held = 0

    def count(self, size: int) -> int:
        """Count so many bytes more, or less; returns what is held now."""
        with self._lock:
            self._held += size
            return self._held


class Spool:
    """Text that is written once and read once; what is dropped unread no longer counts.

    Writing raises Busy when others hold too much; alone, a spool may grow as it likes.
    """

    def __init__(self, memory: SpoolMemory) -> None:
        self._memory = memory
        self._size = 0
        self._compressor = zlib.compressobj(level=1)
        self._pieces: deque[bytes] = deque()

    def __del__(self) -> None:
        self._memory.count(-self._size)

    def write(self, text: str) -> None:
        """Add at the end. Raises Busy."""
        self._add(self._compressor.compress(text.encode()))

    def read(self) -> Iterator[bytes]:
        """Everything that was written; each piece is dropped once it is read. Raises Busy."""
        self._add(self._compressor.flush())
        del self._compressor  # 268 kB, and a client may be slow
        return self._read()

    def _add(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._size += len(piece)
        held = self._memory.count(len(piece))
        if held > max(self._size, self._memory.most_bytes):  # and others hold some of it
            raise Busy(TOO_MANY)

    def _read(self) -> Iterator[bytes]:
        decompressor = zlib.decompressobj()
        while self._pieces:
            compressed = self._pieces.popleft()
            size = len(compressed)
            while chunk := decompressor.decompress(compressed, CHUNK_BYTES):
                yield chunk
                compressed = decompressor.unconsumed_tail
            self._size -= size
            self._memory.count(-size)
