"""SQLite's file is deleted, replaced or cut while it is open: nothing is written into the void."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.sql.databases.sqlite import Sqlite
from adapters.sql.databases.sqlite_library import choose_library
from adapters.sql.stores import SqlStores
from application.ports import OutcomeUnknown, RepositoryUnavailable
from tests.contract.conftest import ROLLBACK_JOURNAL
from tests.contract.databases import (
    file_url,
    migrated_file,
    open_engine,
    open_stores,
    transactions_on,
)
from tests.harness.builders import START, an_order


def open_file(path: Path) -> SqlStores:
    return open_stores(migrated_file(path))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "orders.db"


@pytest.fixture
def stores(file: Path) -> Iterator[SqlStores]:
    stores = open_file(file)
    stores.orders.add([an_order("before")])
    yield stores
    stores.close()


def a_file_with_orders(path: Path, count: int) -> Path:
    """A whole database that nobody has open."""
    with closing(open_file(path)) as stores:
        stores.orders.add([an_order(f"other-{number}") for number in range(count)])
    return path


def test_a_deleted_file_takes_no_orders_until_it_is_back(
    stores: SqlStores, file: Path, tmp_path: Path
) -> None:
    file.rename(tmp_path / "elsewhere.db")
    for _ in range(2):
        with pytest.raises(RepositoryUnavailable, match=r"orders\.db is gone; put it back"):
            stores.orders.add([an_order("lost")])

    (tmp_path / "elsewhere.db").rename(file)

    assert stores.orders.add([an_order("after")]) == []
    assert stores.orders.get("lost") is None


def test_a_file_moved_over_the_open_one_keeps_all_its_orders(
    stores: SqlStores, file: Path, tmp_path: Path
) -> None:
    a_file_with_orders(tmp_path / "new.db", 50).replace(file)

    with pytest.raises(RepositoryUnavailable, match="is another file now"):
        stores.orders.add([an_order("lost")])
    with closing(open_file(file)) as restarted:  # as after kill -9: the old one is open all along
        restarted.orders.add([an_order("after")])
        assert restarted.views.totals().pending == 51

    assert file.with_name("orders.db-wal.set-aside").exists() == (
        choose_library().journal_mode == "WAL"
    )
    with pytest.raises(RepositoryUnavailable), stores.views.snapshot():
        pytest.fail("a new connection would mix the two files")


@pytest.mark.parametrize("looks", [0, 1])
def test_a_file_put_where_the_open_one_was_deleted_keeps_all_its_orders(
    stores: SqlStores, file: Path, tmp_path: Path, looks: int
) -> None:
    file.unlink()
    for _ in range(looks + 1):
        with pytest.raises(RepositoryUnavailable):
            stores.orders.probe(START)
    a_file_with_orders(tmp_path / "new.db", 50).rename(file)

    with closing(open_file(file)) as restarted:
        assert restarted.views.totals().pending == 50


def test_a_file_that_was_away_while_another_stood_there_is_whole_when_it_is_back(
    stores: SqlStores, file: Path, tmp_path: Path
) -> None:
    file.rename(tmp_path / "old.db")
    a_file_with_orders(tmp_path / "new.db", 50).rename(file)
    with pytest.raises(RepositoryUnavailable):
        stores.orders.add([an_order("lost")])

    (tmp_path / "old.db").replace(file)

    assert stores.orders.add([an_order("after")]) == []
    with closing(open_file(file)) as another:  # as after kill -9
        assert another.views.totals().pending == 2


def test_behind_a_link_the_journal_is_watched_too(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "orders.db").symlink_to(tmp_path / "elsewhere" / "real.db")
    with closing(open_file(tmp_path / "orders.db")) as stores:
        stores.orders.add([an_order("before")])
        for sidecar in (tmp_path / "elsewhere").glob("real.db-*"):
            sidecar.unlink()

        if choose_library().journal_mode == "WAL":
            with pytest.raises(RepositoryUnavailable, match="a part of the database, is gone"):
                stores.orders.add([an_order("lost")])


def test_a_vacuum_by_another_process_is_no_loss(file: Path) -> None:
    with closing(open_file(file)) as stores:
        stores.orders.add([an_order(f"o{number}") for number in range(2_000)])
    with closing(open_file(file)) as stores:
        stores.orders.probe(START)
        another = choose_library().module.connect(file, isolation_level=None)
        another.execute("DELETE FROM orders WHERE order_id <> 'o1'")
        another.execute("VACUUM")
        another.execute("PRAGMA wal_checkpoint")
        another.close()

        assert stores.orders.add([an_order("after")]) == []


def test_a_folder_that_cannot_be_reached_is_a_file_that_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with closing(open_file(folder / "orders.db")) as stores:
        stores.orders.probe(START)
        folder.rename(tmp_path / "away")
        folder.touch()

        with pytest.raises(RepositoryUnavailable, match="is gone"):
            stores.orders.add([an_order("lost")])


def test_reading_makes_no_new_file(stores: SqlStores, file: Path) -> None:
    file.unlink()

    with pytest.raises(RepositoryUnavailable), stores.views.snapshot():
        pytest.fail("there is nothing to read")

    assert not file.exists()


def test_a_file_that_is_cut_short_takes_no_orders(stores: SqlStores, file: Path) -> None:
    os.truncate(file, 0)

    with pytest.raises(RepositoryUnavailable):
        stores.orders.add([an_order("lost")])


@pytest.mark.skipif(choose_library().journal_mode != "WAL", reason="there is no WAL to lose")
@pytest.mark.parametrize("suffix", ["-wal", "-shm"])
def test_a_removed_journal_takes_no_orders(stores: SqlStores, file: Path, suffix: str) -> None:
    Path(f"{file}{suffix}").unlink()

    with pytest.raises(RepositoryUnavailable, match=f"{suffix}, a part of the database, is gone"):
        stores.orders.add([an_order("lost")])


def test_a_file_that_goes_in_the_middle_of_a_commit_leaves_doubt(
    stores: SqlStores, file: Path
) -> None:
    transactions = transactions_on(open_engine(file_url(file)))
    with pytest.raises(OutcomeUnknown, match="is gone"), transactions.begin() as cursor:  # noqa: PT012
        cursor.execute("UPDATE order_shared SET probed_at = 1")
        file.unlink()


def test_with_a_rollback_journal_a_deleted_file_is_noticed_too(file: Path) -> None:
    kind = Sqlite(ROLLBACK_JOURNAL)
    with closing(open_stores(migrated_file(file, kind), kind=kind)) as stores:
        stores.orders.add([an_order("before")])
        file.unlink()

        with pytest.raises(RepositoryUnavailable, match="is gone"):
            stores.orders.add([an_order("lost")])
