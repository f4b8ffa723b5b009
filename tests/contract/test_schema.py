"""Migrations: from nothing to the tables in code, safely, and never into the unknown."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from adapters.sql import schema
from adapters.sql.revision import SchemaMismatch, check_schema, migrate
from adapters.sql.schema.tables import REVISION, metadata
from tests.contract.databases import file_url, open_engine
from tests.harness.database_servers import new_database

MIGRATIONS = Path(schema.__file__).with_name("migrations")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(file_url(tmp_path / "o.db"))
    yield engine
    engine.dispose()


def config_on(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def test_migrating_reports_the_revision_it_came_from(engine: Engine) -> None:
    assert migrate(engine) is None
    assert migrate(engine) == REVISION


def test_the_migrated_schema_is_the_one_in_code(engine: Engine) -> None:
    migrate(engine)

    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_pages_have_the_room_that_the_tables_in_code_ask_for() -> None:
    asked = {table.name: table.info for table in metadata.tables.values() if table.info}
    with new_database("postgresql") as url:
        engine = open_engine(url)
        migrate(engine)

        with engine.connect() as connection:
            for table, options in asked.items():
                stored = text("SELECT reloptions FROM pg_class WHERE relname = :table")
                assert connection.scalar(stored, {"table": table}) == [
                    f"fillfactor={options['fillfactor']}"
                ]
        engine.dispose()


def test_the_code_names_the_newest_revision(engine: Engine) -> None:
    assert ScriptDirectory.from_config(config_on(engine)).get_current_head() == REVISION


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mysql"])
def test_every_step_up_can_be_taken_back_and_up_again(kind: str, tmp_path: Path) -> None:
    """The stairway: one up, down, up again, for each revision."""
    with ExitStack() as stack:
        if kind == "sqlite":
            url = file_url(tmp_path / "stairs.db")
            engine = open_engine(url)
        else:
            engine = open_engine(stack.enter_context(new_database(kind)))
        stack.callback(engine.dispose)
        revisions = ScriptDirectory.from_config(config_on(engine)).walk_revisions()
        for revision in reversed(list(revisions)):
            step(engine, command.upgrade, revision.revision)
            step(engine, command.downgrade, str(revision.down_revision or "base"))
            step(engine, command.upgrade, revision.revision)
        with engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        step(engine, command.downgrade, "base")
        assert inspect(engine).get_table_names() == ["alembic_version"]


def step(engine: Engine, move: Callable[[Config, str], None], revision: str) -> None:
    config = config_on(engine)
    with engine.execution_options(write=True).begin() as connection:
        config.attributes["connection"] = connection
        move(config, revision)


def test_eight_starts_at_once_migrate_once(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        before = list(pool.map(lambda _: migrate(engine), range(8)))

    assert sorted(before, key=str) == [REVISION] * 7 + [None]


def test_a_migration_that_fails_leaves_nothing_behind(engine: Engine) -> None:
    with engine.execution_options(write=True).begin() as connection:
        connection.execute(text("CREATE TABLE order_batches (in_the_way INTEGER)"))

    with pytest.raises(Exception, match="already exists"):
        migrate(engine)

    assert inspect(engine).get_table_names() == ["order_batches"]


def test_a_schema_that_is_too_old_says_what_to_run(engine: Engine) -> None:
    with pytest.raises(SchemaMismatch, match=r"revision none, .* run: python main.py migrate"):
        check_schema(engine)
    migrate(engine)
    check_schema(engine)


def test_a_schema_that_is_newer_than_the_code_is_left_alone(engine: Engine) -> None:
    migrate(engine)
    with engine.execution_options(write=True).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(SchemaMismatch, match=r"revision 9999, .* use a newer version"):
        migrate(engine)


@pytest.mark.parametrize("reached", [None, "0001"])
def test_a_migration_that_was_killed_is_finished_by_the_next(reached: str | None) -> None:
    """MySQL and MariaDB keep each step, and the revision is written behind the last one."""
    with new_database("mysql") as url:
        engine = open_engine(url)
        migrate(engine)
        with engine.execution_options(write=True).begin() as connection:
            connection.execute(text("DELETE FROM alembic_version"))
            if reached is not None:
                connection.execute(text(f"INSERT INTO alembic_version VALUES ('{reached}')"))

        migrate(engine)

        with engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
            assert connection.scalar(text("SELECT count(*) FROM order_counters")) == 32
            assert connection.scalar(text("SELECT count(*) FROM order_feed")) == 1
        engine.dispose()
