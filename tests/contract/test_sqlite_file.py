"""SQLite's file is deleted, replaced or cut while it is open: nothing is written into the void."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import URL

from adapters.sql.repositories import sqlite_repository
from adapters.sql.repository import SqlOrderRepository
from adapters.sql.schema import migrate
from adapters.sql.sqlite import choose_library, open_sqlite
from adapters.sql.transactions import Transactions
from application.ports import OutcomeUnknown, RepositoryUnavailable
from tests.builders import an_order
from tests.contract.conftest import ROLLBACK_JOURNAL


def open_file(path: Path) -> SqlOrderRepository:
    engine = open_sqlite(URL.create("sqlite", database=str(path)), choose_library())
    migrate(engine)
    return sqlite_repository(engine)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "orders.db"


@pytest.fixture
def repository(file: Path) -> Iterator[SqlOrderRepository]:
    repository = open_file(file)
    repository.add([an_order("before")])
    yield repository
    repository.close()


def a_file_with_orders(path: Path, count: int) -> Path:
    """A whole database that nobody has open."""
    with closing(open_file(path)) as repository:
        repository.add([an_order(f"other-{number}") for number in range(count)])
    return path


def test_a_deleted_file_takes_no_orders_until_it_is_back(
    repository: SqlOrderRepository, file: Path, tmp_path: Path
) -> None:
    file.rename(tmp_path / "elsewhere.db")
    for _ in range(2):
        with pytest.raises(RepositoryUnavailable, match=r"orders\.db is gone; put it back"):
            repository.add([an_order("lost")])

    (tmp_path / "elsewhere.db").rename(file)

    assert repository.add([an_order("after")]) == []
    assert repository.get("lost") is None


def test_a_file_moved_over_the_open_one_keeps_all_its_orders(
    repository: SqlOrderRepository, file: Path, tmp_path: Path
) -> None:
    a_file_with_orders(tmp_path / "new.db", 50).replace(file)

    with pytest.raises(RepositoryUnavailable, match="is another file now"):
        repository.add([an_order("lost")])
    with closing(open_file(file)) as restarted:  # as after kill -9: the old one is open all along
        restarted.add([an_order("after")])
        assert restarted.totals().pending == 51

    assert file.with_name("orders.db-wal.of-replaced-file").exists() == (
        choose_library().journal_mode == "WAL"
    )
    with pytest.raises(RepositoryUnavailable), repository.snapshot():
        pytest.fail("a new connection would mix the two files")


def test_a_file_that_is_cut_short_takes_no_orders(
    repository: SqlOrderRepository, file: Path
) -> None:
    os.truncate(file, 0)

    with pytest.raises(RepositoryUnavailable):
        repository.add([an_order("lost")])


@pytest.mark.skipif(choose_library().journal_mode != "WAL", reason="there is no WAL to lose")
@pytest.mark.parametrize("suffix", ["-wal", "-shm"])
def test_a_removed_journal_takes_no_orders(
    repository: SqlOrderRepository, file: Path, suffix: str
) -> None:
    Path(f"{file}{suffix}").unlink()

    with pytest.raises(RepositoryUnavailable, match=f"{suffix}, a part of the database, is gone"):
        repository.add([an_order("lost")])


def test_a_file_that_goes_in_the_middle_of_a_commit_leaves_doubt(
    repository: SqlOrderRepository, file: Path
) -> None:
    transactions: Transactions = repository._writer._transactions  # type: ignore[attr-defined]
    with pytest.raises(OutcomeUnknown, match="is gone"), transactions() as cursor:  # noqa: PT012
        cursor.execute("UPDATE order_shared SET probed_at = 1")
        file.unlink()


def test_with_a_rollback_journal_a_deleted_file_is_noticed_too(file: Path) -> None:
    engine = open_sqlite(URL.create("sqlite", database=str(file)), ROLLBACK_JOURNAL)
    migrate(engine)
    with closing(sqlite_repository(engine)) as repository:
        repository.add([an_order("before")])
        file.unlink()

        with pytest.raises(RepositoryUnavailable, match="is gone"):
            repository.add([an_order("lost")])
