"""The schema's revision: read it, compare it with the code's, and migrate to it."""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from adapters.sql.databases.known import kind_of
from adapters.sql.schema.tables import REVISION

COPYING = f"copying {REVISION}"  # with a suffix, in place of the revision of a half-copied database

_MIGRATIONS = Path(__file__).with_name("schema") / "migrations"


class SchemaMismatch(Exception):
    """The schema is not that of this code; the message says what to do."""


def stored_revision(connection: Connection) -> str | None:
    """The revision that the database is at; None while it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar()
    return revision


def check_schema(engine: Engine) -> None:
    """Raise SchemaMismatch unless the database is at the revision of this code.

    Raises SQLAlchemy's errors, too.
    """
    with engine.begin() as connection:
        stored = stored_revision(connection)
    if stored != REVISION:
        raise _mismatch(stored)


def migrate(engine: Engine) -> str | None:
    """Bring the database to the revision of this code; returns the one it was at, None if empty.

    A lock is held from reading the revision to the end, so that two starts at once are safe,
    even on two hosts: one may wait minutes for the other. The engine is one that DatabaseKind.open
    made. Raises SchemaMismatch when the database is newer than the code or holds a part of a copy,
    MigrationBusy, and SQLAlchemy's errors.
    """
    write = engine.execution_options(write=True)
    lock = kind_of(engine.url).migration_lock
    with write.begin() as connection, lock(connection):
        stored = stored_revision(connection)
        if stored != REVISION:
            _upgrade(connection, stored)
        # A write in any case: SQLite's BEGIN IMMEDIATE does not fail on a read-only file.
        connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
        return stored


def _upgrade(connection: Connection, stored: str | None) -> None:
    # Imported here: it takes a third of a second, and most starts have nothing to migrate.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if stored is not None and stored not in known:
        raise _mismatch(stored)
    config.attributes["connection"] = connection
    command.upgrade(config, REVISION)


def _mismatch(stored: str | None) -> SchemaMismatch:
    if stored is not None and stored.startswith("copying"):
        is_ours = stored.startswith(COPYING)
        version = "" if is_ours else f" with the version that began it ({stored})"
        return SchemaMismatch(
            "the database holds a part of a copy only; run python main.py copy again" + version
        )
    is_older = stored is None or stored < REVISION  # revisions are numbered
    cure = "run: python main.py migrate" if is_older else "use a newer version of this service"
    return SchemaMismatch(
        f"the database schema is at revision {stored or 'none'}, this code needs {REVISION}; {cure}"
    )
