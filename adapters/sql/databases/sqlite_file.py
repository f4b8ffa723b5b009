"""Whether the path of an SQLite database is still the file that this process has open.

SQLite writes on into a file that was deleted or replaced, and everything is gone with the process.
By os.stat alone: opening one of these files a second time, and closing it, would drop the locks
that this process has on it (sqlite.org/howtocorrupt.html, 2.2).
"""

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from application.ports import OutcomeUnknown, RepositoryUnavailable

log = logging.getLogger(__name__)

SIDECARS = ("-wal", "-shm")  # there from the first transaction to the last connection's end
SET_ASIDE = ".set-aside"

_Identity = tuple[int, int]  # device and inode


class _Look(NamedTuple):
    """What there is at a path."""

    identity: _Identity | None = None  # None where nothing is, or nothing can be reached
    size: int = 0  # in bytes


class DatabaseFile:
    """Remembers the file that was opened first.

    `check_identity` and `note` may be called from any thread, the rest from the writer's only.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path).absolute()
        self._identity: _Identity | None = None
        self._sidecars: dict[Path, _Identity] | None = None
        self._size = 0  # in bytes

    def check_identity(self) -> None:
        """Around each new connection: raises RepositoryUnavailable if this is another file now."""
        ours = self._identity  # before the look: another thread may be making the file just now
        found = _look_at(self._path).identity
        if ours is not None and found != ours:
            raise RepositoryUnavailable(self._is_not_ours(found))

    def note(self) -> None:
        """After the first connection: this is the file."""
        self._identity = self._identity or _look_at(self._path).identity

    def check_before_write(self, count_bytes: Callable[[], int]) -> None:
        """Raises RepositoryUnavailable when what is written would be lost.

        `count_bytes` asks the database, in the transaction, how long its file should be; it is
        called only if the file became shorter, and may raise anything. Where another file took the
        place of ours, the files beside it that are ours are renamed.
        """
        problem = self._find_problem(count_bytes)
        if problem is not None:
            raise RepositoryUnavailable(problem)

    def check_after_commit(self, count_bytes: Callable[[], int]) -> None:
        """The same, after the commit: what it did may be in a file that nobody will see.

        Raises OutcomeUnknown.
        """
        problem = self._find_problem(count_bytes)
        if problem is not None:
            raise OutcomeUnknown(problem)

    def _find_problem(self, count_bytes: Callable[[], int]) -> str | None:
        found = _look_at(self._path)
        if found.identity != self._identity:
            self._set_aside()
            return self._is_not_ours(found.identity)
        if found.size < self._size and self._is_cut(found.size, count_bytes):
            return f"the database file {self._path} was cut short; put a whole one back"
        self._size = found.size
        return self._find_problem_beside()

    def _is_not_ours(self, found: _Identity | None) -> str:
        what = "is gone" if found is None else "is another file now"
        return f"the database file {self._path} {what}; put it back, or start the service again"

    def _is_cut(self, size: int, count_bytes: Callable[[], int]) -> bool:
        """Whether it is shorter than the database itself says; a VACUUM may shorten both."""
        with suppress(Exception):  # one that cannot say so is damaged
            return size < count_bytes()
        return True

    def _find_problem_beside(self) -> str | None:
        if self._sidecars is None:
            base = self._path.resolve()  # SQLite names them after what a link leads to
            paths = [Path(f"{base}{suffix}") for suffix in SIDECARS]
            looks = [(path, _look_at(path).identity) for path in paths]
            self._sidecars = {path: found for path, found in looks if found is not None}
        for path, identity in self._sidecars.items():
            found = _look_at(path).identity
            if found == identity:
                continue
            aside = path.with_name(path.name + SET_ASIDE)
            if found is None and _look_at(aside).identity == identity:  # our file is back
                aside.rename(path)
            else:
                return f"{path}, a part of the database, is gone; start the service again"
        return None

    def _set_aside(self) -> None:
        """Rename our sidecars: SQLite would take them for those of the file that is here now."""
        for path, identity in (self._sidecars or {}).items():
            if _look_at(path).identity == identity:
                aside = path.with_name(path.name + SET_ASIDE)
                path.rename(aside)
                log.warning("%s belongs to the file that was here; it is %s now", path, aside)


def _look_at(path: Path) -> _Look:
    try:
        found = os.stat(path)  # noqa: PTH116  # the cheapest way, twice in each transaction
    except OSError:  # not there, or not to be reached
        return _Look()
    return _Look((found.st_dev, found.st_ino), found.st_size)
