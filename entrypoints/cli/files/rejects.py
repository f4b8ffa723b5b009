"""Rejects: a file of the orders that an import could not take, each with the reason."""

from pathlib import Path
from typing import IO, Self

from entrypoints.cli.files.order_file import Found, OrderFile


class Rejects:
    """A context that replaces the file of an earlier run; without rejects there is none."""

    def __init__(self, path: Path, file_format: OrderFile) -> None:
        self.path = path
        self._format = file_format
        self._file: IO[str] | None = None

    def add(self, found: Found, reason: str) -> None:
        """Write the order, in the format that it came in."""
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8", errors="surrogateescape", newline="")
            self._file.write(self._format.rejects_head())
        self._file.write(self._format.rejected(found, reason))

    def __enter__(self) -> Self:
        self.path.unlink(missing_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
