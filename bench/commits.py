"""How many transactions a database file has seen, without a word to who writes it."""

import sys
from pathlib import Path

WAL_INDEX_CHANGES = slice(8, 12)  # iChange of sqlite.org/walformat.html, in the machine's order
HEADER_CHANGES = slice(24, 28)  # of sqlite.org/fileformat.html; moves on with a rollback journal


def count(database: Path) -> int:
    """A number that every commit raises by one; only differences mean something."""
    index = Path(f"{database}-shm")
    if index.exists():
        return int.from_bytes(index.read_bytes()[WAL_INDEX_CHANGES], sys.byteorder)
    with database.open("rb") as file:
        return int.from_bytes(file.read(HEADER_CHANGES.stop)[HEADER_CHANGES], "big")
