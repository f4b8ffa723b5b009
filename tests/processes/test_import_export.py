"""The import and export commands: what one writes the other takes, and again, and interrupted."""

import json
import signal
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from application.orders.import_orders import CHUNK
from tests.harness.contents import rows
from tests.harness.processes import MAIN, Process, launched, run_main
from tests.harness.service import running
from tests.harness.waits import wait_until

HEAD = "order_id,user_id,item_ids,total_amount\n"
ASKED = "SELECT order_id, user_id, item_ids, total_cents FROM orders ORDER BY order_id"
MANY = 40_000  # takes some seconds


def row(number: int) -> str:
    cents = Decimal(number * 7919 % 100_000).scaleb(-2)
    return f'ORD{number},{number % 97},"{number},{number + 1}",{cents}\n'


def a_csv(folder: Path, orders: int, name: str = "orders.csv") -> Path:
    path = folder / name
    path.write_text(HEAD + "".join(map(row, range(orders))))
    return path


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A folder with a database of its own."""
    folder = tmp_path / "other"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("name", ["all.csv", "all.ndjson"])
def test_what_is_exported_and_imported_elsewhere_is_the_same(
    tmp_path: Path, other: Path, name: str
) -> None:
    orders = 2 * CHUNK + 1
    run_main(tmp_path, "import", str(a_csv(tmp_path, orders)))

    exported = run_main(tmp_path, "export", name)
    imported = run_main(other, "import", str(tmp_path / name))

    assert f"{orders:,} orders exported" in exported.stderr
    assert f"{orders:,} orders imported, 0 found stored already, 0 rejected" in imported.stdout
    assert (exported.returncode, imported.returncode) == (0, 0)
    assert rows(other, ASKED) == rows(tmp_path, ASKED)
    assert len(rows(other, ASKED)) == orders


def test_the_same_import_passes_over_what_is_stored(tmp_path: Path) -> None:
    path = a_csv(tmp_path, 600)
    run_main(tmp_path, "import", str(path))
    with path.open("a") as file:
        file.write(row(600))

    again = run_main(tmp_path, "import", str(path))

    assert "1 orders imported, 600 found stored already, 0 rejected" in again.stdout
    assert again.returncode == 0
    assert not Path(f"{path}.rejects").exists()


def test_rejected_orders_can_be_corrected_and_imported(tmp_path: Path) -> None:
    path = a_csv(tmp_path, 3)
    run_main(tmp_path, "import", str(path))
    path.write_text(HEAD + row(0).replace(",0,", ",5,") + "B,x,1,1\n" + row(3) + "C,1,1,0.001\n")
    rejects = Path(f"{path}.rejects")

    imported = run_main(tmp_path, "import", str(path))

    assert imported.returncode == 1
    assert "1 orders imported, 0 found stored already, 3 rejected" in imported.stdout
    assert f"See {rejects} for the reasons" in imported.stderr
    assert rejects.read_text().splitlines() == [
        "line,reason," + HEAD.strip(),
        '2,"order ORD0 exists already, with another user_id",ORD0,5,"0,1",0.00',
        "3,user_id: Not a valid integer.,B,x,1,1",
        "5,total_amount: must have at most 2 decimals,C,1,1,0.001",
    ]

    corrected = rejects.read_text().replace("ORD0,5", "ORD5,5").replace(",x,", ",1,")
    rejects.write_text(corrected.replace("0.001", "0.01"))

    assert "3 orders imported, 0 found" in run_main(tmp_path, "import", str(rejects)).stdout


def test_an_import_without_rejects_removes_those_of_an_earlier_run(tmp_path: Path) -> None:
    path = tmp_path / "orders.ndjson"
    path.write_text('{"order_id": "A"}\n')
    run_main(tmp_path, "import", str(path))
    rejects = Path(f"{path}.rejects")
    assert json.loads(rejects.read_text())["order_id"] == "A"

    path.write_text("")
    run_main(tmp_path, "import", str(path))

    assert not rejects.exists()


def test_an_interrupted_import_is_resumed_by_the_same_command(tmp_path: Path) -> None:
    path = a_csv(tmp_path, MANY)
    first = Process(tmp_path, "python", MAIN, "import", str(path))
    with launched(first):
        wait_until(lambda: count_orders(tmp_path) > 0)

        exit_code = first.terminate(signal.SIGINT)

    stored = count_orders(tmp_path)
    assert exit_code == 130
    assert 0 < stored < MANY
    assert f"Interrupted: {stored:,} orders imported" in first.log.read_text()

    rest = run_main(tmp_path, "import", str(path))

    assert f"{MANY - stored:,} orders imported, {stored:,} found" in rest.stdout
    assert rows(tmp_path, "SELECT sum(pending) FROM order_counters") == [(MANY,)]


def test_an_import_that_was_killed_is_resumed_by_the_same_command(tmp_path: Path) -> None:
    path = a_csv(tmp_path, MANY)
    first = Process(tmp_path, "python", MAIN, "import", str(path))
    with launched(first):
        wait_until(lambda: count_orders(tmp_path) > 0)
        first.kill()

    run_main(tmp_path, "import", str(path))

    assert count_orders(tmp_path) == MANY
    assert rows(tmp_path, "SELECT count(*) FROM order_events") == [(MANY,)]


def count_orders(folder: Path) -> int:
    if not (folder / "orders.db").exists():
        return 0
    tables = rows(folder, "SELECT count(*) FROM sqlite_master WHERE name = 'order_batches'")
    counted = rows(folder, "SELECT count(*) FROM orders") if tables == [(1,)] else [(0,)]
    count: int = counted[0][0]
    return count


@pytest.mark.usefixtures("fresh_processes")
def test_export_and_import_are_piped_together(tmp_path: Path, other: Path) -> None:
    run_main(tmp_path, "import", str(a_csv(tmp_path, 3)))

    exported = run_main(tmp_path, "export", "-", "--format", "ndjson").stdout
    command = ("python", MAIN, "import", "-", "--format", "ndjson")
    imported = Process(other, *command).run(given=exported + "{\n")

    assert "3 orders imported, 0 found stored already, 1 rejected" in imported.stdout
    assert rows(other, ASKED) == rows(tmp_path, ASKED)
    assert (other / "import.rejects").exists()


def test_a_service_processes_what_is_imported_and_only_some_are_exported(tmp_path: Path) -> None:
    with running(tmp_path, PROCESSING_SECONDS="0", SWEEP_SECONDS=0.1) as service:
        run_main(tmp_path, "import", str(a_csv(tmp_path, 20)))
        wait_until(lambda: service.count("completed") == 20)

        completed = run_main(tmp_path, "export", "-", "--format", "csv", "--status", "completed")
        failed = run_main(tmp_path, "export", "-", "--format", "csv", "--status", "failed")

    head, *rest = completed.stdout.splitlines()
    assert sorted(rest) == sorted(f"{row(number).rstrip()}," for number in range(20))
    assert f"{head}\n" == failed.stdout == HEAD.replace("\n", ",not_before\n")


def test_what_is_exported_can_be_sent_as_a_batch(tmp_path: Path, other: Path) -> None:
    run_main(tmp_path, "import", str(a_csv(tmp_path, 3)))
    exported = run_main(tmp_path, "export", "-", "--format", "ndjson").stdout
    orders: list[Any] = [json.loads(line) for line in exported.splitlines()]

    with running(other) as service:
        status, answer = service.post("/orders/batch", orders)

    assert (status, {result["status"] for result in answer["results"]}) == (207, {201})
    assert rows(other, ASKED) == rows(tmp_path, ASKED)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["import", "missing.csv"], "File 'missing.csv' does not exist"),
        (["import", "orders.txt"], "add --format csv or --format ndjson"),
        (["import", "orders.txt", "--format", "csv"], "the file begins with 'A,1'"),
        (["import", "good.csv", "--rejects", "good.csv"], "is the file that is imported"),
        (["export", "-"], "add --format csv or --format ndjson"),
        (["export", "x.csv", "--status", "lost"], "Invalid value for '--status'"),
        (["export", "no/such/folder.csv"], "error: no/such/folder.csv: No such file or directory"),
        (["import", "good.csv", "--rejects", "no/such/folder"], "No such file or directory"),
    ],
)
def test_a_mistake_is_named_and_changes_no_file(
    tmp_path: Path, arguments: list[str], error: str
) -> None:
    (tmp_path / "orders.txt").write_text("A,1\n")
    (tmp_path / "good.csv").write_text(HEAD + "A,1\n")

    result = run_main(tmp_path, *arguments)

    assert result.returncode == 2
    assert error in result.stderr
    assert "Traceback" not in result.stderr
    assert {path.name for path in tmp_path.iterdir()} <= {
        *("orders.txt", "good.csv", "orders.db", "orders.db-wal", "orders.db-shm")
    }
    assert (tmp_path / "good.csv").read_text() == HEAD + "A,1\n"


@pytest.mark.parametrize("command", ["import", "export"])
def test_a_store_in_memory_is_refused(tmp_path: Path, command: str) -> None:
    a_csv(tmp_path, 1)

    result = run_main(tmp_path, command, "orders.csv", DATABASE_URL="memory://")

    assert result.returncode == 2
    assert "use a file" in result.stderr
