"""What only SQLite can get wrong: its library, its locks, its files."""

import logging
import threading
import time
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import Engine, text

from adapters.sql.databases.sqlite import Sqlite
from adapters.sql.databases.sqlite_library import SqliteLibrary, choose_library, has_wal_reset_bug
from adapters.sql.revision import migrate
from adapters.sql.stores import SqlStores
from domain.totals import Totals
from domain.transitions import OrderStatus
from tests.contract.conftest import ROLLBACK_JOURNAL
from tests.contract.databases import file_url, migrated_file, open_engine, open_stores
from tests.harness.builders import an_order
from tests.harness.waits import p90


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(file_url(tmp_path / "o.db"))
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def stores(engine: Engine) -> Iterator[SqlStores]:
    with closing(open_stores(engine.url)) as stores:
        yield stores


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 4), False),
        ((4, 0, 0), False),
    ],
)
def test_the_versions_that_can_corrupt_a_shared_wal(
    version: tuple[int, ...], affected: bool
) -> None:
    assert has_wal_reset_bug(version) is affected


def test_an_affected_library_is_never_used_with_a_wal() -> None:
    module, journal_mode = choose_library()

    assert journal_mode == "DELETE" or not has_wal_reset_bug(module.sqlite_version_info)


def test_without_a_safe_library_the_journal_is_rolled_back_and_the_log_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    affected = ModuleType("affected")
    vars(affected).update(sqlite_version_info=(3, 40, 1), sqlite_version="3.40.1")

    with caplog.at_level(logging.WARNING):
        library = choose_library(affected, bundled="there_is_none")

    assert library == (affected, "DELETE")
    assert "rollback journal" in caplog.text


def test_a_commit_is_on_disk_when_it_returns(engine: Engine) -> None:
    with engine.begin() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2  # FULL


@pytest.mark.skipif(
    choose_library().journal_mode == "DELETE", reason="a rollback journal lets no writer pass"
)
def test_reads_go_on_beside_a_snapshot_and_so_do_writes(stores: SqlStores) -> None:
    stores.orders.add([an_order("before")])

    with stores.views.snapshot() as snapshot:
        seen = snapshot.totals()
        stores.orders.add([an_order("meanwhile")])
        listed = list(snapshot.order_ids(OrderStatus.PENDING))

    assert seen == Totals(pending=1)
    assert listed == ["before"]
    assert stores.views.totals() == Totals(pending=2)


def test_the_ids_of_a_snapshot_are_streamed(stores: SqlStores) -> None:
    for first in range(0, 60_000, 10_000):
        stores.orders.add([an_order(f"o{number}") for number in range(first, first + 10_000)])

    with stores.views.snapshot() as snapshot:
        tracemalloc.start()
        count = sum(1 for _ in snapshot.order_ids(OrderStatus.PENDING))
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert count == 60_000
    assert peak_bytes < 3_000_000  # all at once they would be over 6 MB


@pytest.mark.parametrize("library", [choose_library(), ROLLBACK_JOURNAL])
def test_no_process_keeps_another_from_writing(tmp_path: Path, library: SqliteLibrary) -> None:
    """Two writers with nothing in common but the file stand for two processes."""
    url = migrated_file(tmp_path / "shared.db", Sqlite(library))
    busy = open_stores(url, kind=Sqlite(library))
    patient = open_stores(url, kind=Sqlite(library))
    stop = threading.Event()

    def write(stores: SqlStores, name: str) -> float:
        began = time.monotonic()
        stores.orders.add([an_order(f"{name}-{number}") for number in range(50)])
        return time.monotonic() - began

    def write_without_a_pause(name: str) -> list[float]:
        waits: list[float] = []
        while not stop.is_set():
            waits.append(write(busy, f"{name}-{len(waits)}"))
        return waits

    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(write_without_a_pause, f"busy-{number}") for number in range(4)]
        patient_waits = [write(patient, f"patient-{number}") for number in range(20)]
        stop.set()
        busy_waits = [seconds for future in writing for seconds in future.result()]
    busy.close()
    patient.close()

    # One that is starved waits for five seconds and more, each time.
    assert p90(patient_waits) <= 5 * p90(busy_waits) + 0.5
