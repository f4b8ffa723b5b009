"""What is mistyped or missing for the copy command: one line, and nothing is left behind."""

from pathlib import Path

import pytest
from sqlalchemy import make_url

from adapters.sql.databases.kind import MIGRATION
from adapters.sql.databases.sqlite import Sqlite
from adapters.sql.revision import migrate
from tests.harness.processes import run_main

ALLOWED = (
    "allowed: sqlite:///FILE, postgresql+psycopg://USER@HOST/DATABASE,"
    " mysql+pymysql://USER@HOST/DATABASE\n"
)


def migrate_file(folder: Path) -> None:
    engine = Sqlite().open(make_url(file_in(folder)), MIGRATION)
    migrate(engine)
    engine.dispose()


def file_in(folder: Path) -> str:
    return f"sqlite:///{folder}/orders.db"


@pytest.mark.usefixtures("fresh_processes")
def test_a_driver_that_is_not_installed_is_one_line_with_the_remedy(tmp_path: Path) -> None:
    migrate_file(tmp_path)
    (tmp_path / "pymysql.py").write_text("raise ImportError('none here')")
    target = "mysql+pymysql://me:secret@localhost/orders"

    result = run_main(tmp_path, "copy", "--from", file_in(tmp_path), "--to", target)

    assert result.returncode == 2
    assert result.stderr == (
        "error: --to mysql+pymysql://me:***@localhost/orders needs a driver that is not installed"
        " (none here); run: pip install '.[mysql]'\n"
    )


@pytest.mark.parametrize(
    ("source", "target", "error"),
    [
        (
            "sqlite:///{folder}/none.db",
            "sqlite:///{folder}/new.db",
            "error: --from sqlite:///{folder}/none.db: there is no such file\n",
        ),
        (
            "sqlite:///{folder}/orders.db",
            "sqlite:///{folder}/../{name}/orders.db",
            "error: --from and --to are the same database\n",
        ),
        (
            "memory://",
            "sqlite:///{folder}/new.db",
            "error: --from 'memory://' is not valid; " + ALLOWED,
        ),
        (
            "sqlite:///{folder}/orders.db",
            "postgresql+psycopg://me:secret@localhost:port/orders",
            "error: --to 'postgresql+psycopg://me:***@localhost:port/orders' is not valid; "
            + ALLOWED,
        ),
        (
            "sqlite:///{folder}/orders.db",
            "oracle://me:secret@localhost/orders",
            "error: --to 'oracle://me:***@localhost/orders' is not valid; " + ALLOWED,
        ),
        (
            "sqlite:///{folder}/orders.db",
            "sqlite:///{folder}/no/new.db",
            "error: sqlite:///{folder}/no/new.db: unable to open database file\n",
        ),
        (
            "sqlite:///{folder}/other.file",
            "sqlite:///{folder}/new.db",
            "error: sqlite:///{folder}/other.file: file is not a database\n",
        ),
    ],
)
def test_what_cannot_be_copied_is_one_line_and_leaves_no_file(
    tmp_path: Path, source: str, target: str, error: str
) -> None:
    migrate_file(tmp_path)
    (tmp_path / "other.file").write_text("no database, but long enough to look like one " * 100)
    names = {"folder": str(tmp_path), "name": tmp_path.name}

    result = run_main(
        tmp_path, "copy", "--from", source.format(**names), "--to", target.format(**names)
    )

    assert result.stderr == error.format(**names)
    assert result.returncode == 2
    assert not (tmp_path / "none.db").exists()
    assert not (tmp_path / "new.db").exists()


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "mysql+pymysql"])
def test_a_server_that_is_away_is_one_line_without_the_password(
    tmp_path: Path, scheme: str
) -> None:
    migrate_file(tmp_path)

    result = run_main(
        tmp_path, "copy", "--from", file_in(tmp_path), "--to", f"{scheme}://me:secret@127.0.0.1:1/o"
    )

    assert result.returncode == 2
    assert result.stderr.startswith(f"error: {scheme}://me:***@127.0.0.1:1/o: ")
    assert result.stderr.count("\n") == 1
    assert "secret" not in result.stderr
