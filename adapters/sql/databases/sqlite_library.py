"""Which SQLite this process uses, and the journal mode that is safe with it."""

import importlib
import logging
import sqlite3
from types import ModuleType
from typing import NamedTuple

log = logging.getLogger(__name__)

Version = tuple[int, ...]


def has_wal_reset_bug(version: Version) -> bool:
    """Whether threads that share a WAL database can corrupt it (sqlite.org/wal.html#walresetbug).

    From 3.7.0 to 3.51.2; the fix was also ported back, to 3.44.6 and 3.50.7.
    """
    is_fixed = version >= (3, 51, 3) or any(
        fixed <= version < (fixed[0], fixed[1] + 1, 0) for fixed in ((3, 44, 6), (3, 50, 7))
    )
    return version >= (3, 7, 0) and not is_fixed


class SqliteLibrary(NamedTuple):
    """An SQLite, and the journal mode that is safe with it."""

    module: ModuleType
    journal_mode: str


def choose_library(
    standard: ModuleType = sqlite3, bundled: str = "pysqlite3.dbapi2"
) -> SqliteLibrary:
    """The one for this process: it must not open a file with two, as closing one drops locks."""
    if not has_wal_reset_bug(standard.sqlite_version_info):
        return SqliteLibrary(standard, "WAL")
    try:
        safe = importlib.import_module(bundled)
    except ImportError:  # it has wheels for Linux on x86-64 only
        log.warning(
            "SQLite %s can corrupt a WAL database that threads share; using the slower rollback"
            " journal. SQLite 3.51.3 or later lifts this.",
            standard.sqlite_version,
        )
        return SqliteLibrary(standard, "DELETE")
    return SqliteLibrary(safe, "WAL")


def bind_nulls_at_once(library: SqliteLibrary) -> None:
    """Have its driver find at once that a null needs no adapter, for all connections.

    In 0.1 us; it looks for ways to adapt each for 1 us otherwise, and an order has up to eight.
    """
    library.module.register_adapter(type(None), {}.get)
