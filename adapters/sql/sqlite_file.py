"""Whether the path of an SQLite database is still the file that this process has open.

SQLite writes on into a file that was deleted or replaced, and everything is gone with the process.
By os.stat alone: opening one of these files a second time, and closing it, would drop the locks
that this process has on it (sqlite.org/howtocorrupt.html, 2.2).
"""

import logging
import os
from pathlib import Path

from application.ports import OutcomeUnknown, RepositoryUnavailable

log = logging.getLogger(__name__)

SIDECARS = ("-wal", "-shm")  # there from the first transaction to the last connection's end
SET_ASIDE = ".of-replaced-file"

_Identity = tuple[int, int]  # device and inode


class DatabaseFile:
    """Remembers what it sees first; for one engine. Not thread-safe but for `check_identity`."""

    def __init__(self, path: str) -> None:
        self._path = Path(path).absolute()
        self._identity: _Identity | None = None
        self._sidecars: dict[Path, _Identity] | None = None
        self._size = 0  # in bytes; it only grows, while nobody else runs a VACUUM
        self._is_lost = False

    def check_identity(self) -> None:
        """For each new connection: raises RepositoryUnavailable when it has another file."""
        found = _look_at(self._path)
        self._identity = self._identity or (found and _identity(found))
        if found is None or _identity(found) != self._identity:
            raise RepositoryUnavailable(self._problem(found))

    def check_before_write(self) -> None:
        """Raises RepositoryUnavailable when what is written would be lost."""
        problem = self._find_problem()
        if problem is not None:
            raise RepositoryUnavailable(problem)

    def check_after_commit(self) -> None:
        """Raises OutcomeUnknown when what was committed may be in a file that nobody will see."""
        problem = self._find_problem()
        if problem is not None:
            raise OutcomeUnknown(problem)

    def _find_problem(self) -> str | None:
        problem: str | None
        found = _look_at(self._path)
        if found is None or _identity(found) != self._identity or found.st_size < self._size:
            problem = self._problem(found)
        else:
            self._size = found.st_size
            problem = self._find_problem_beside()
        if problem is not None and not self._is_lost:
            self._is_lost = True
            if found is not None and _identity(found) != self._identity:
                self._set_aside()
        return problem

    def _problem(self, found: os.stat_result | None) -> str:
        what = (
            "is gone"
            if found is None
            else "was cut short"
            if _identity(found) == self._identity
            else "is another file now"
        )
        return f"the database file {self._path} {what}; put it back, or start the service again"

    def _find_problem_beside(self) -> str | None:
        if self._sidecars is None:
            paths = (Path(f"{self._path}{suffix}") for suffix in SIDECARS)
            looks = ((path, _look_at(path)) for path in paths)
            self._sidecars = {path: _identity(found) for path, found in looks if found is not None}
        for path, identity in self._sidecars.items():
            found = _look_at(path)
            if found is None or _identity(found) != identity:
                return f"{path}, a part of the database, is gone; start the service again"
        return None

    def _set_aside(self) -> None:
        """Else the next process to open the new file would take the old one's journal for its."""
        for path, identity in (self._sidecars or {}).items():
            found = _look_at(path)
            if found is not None and _identity(found) == identity:
                aside = path.with_name(path.name + SET_ASIDE)
                path.rename(aside)
                log.warning("%s belongs to the file that was replaced; it is %s now", path, aside)


def _look_at(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _identity(found: os.stat_result) -> _Identity:
    return found.st_dev, found.st_ino
