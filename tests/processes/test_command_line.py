"""The command line, as a newcomer meets it."""

import re
import signal
from pathlib import Path

import pytest
from click.testing import CliRunner

from adapters.sql.schema.tables import REVISION
from application.orders.populate_orders import CHUNK, PopulateOrders
from entrypoints import __version__
from entrypoints.cli import main
from entrypoints.wiring.declaration import declarations, variable
from entrypoints.wiring.settings import Settings
from entrypoints.wiring.stores import stores_at
from tests.harness.contents import rows
from tests.harness.processes import MAIN, Process, free_port, launched, run, run_main
from tests.harness.service import running
from tests.harness.waits import wait_until


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["serve"],
        ["worker"],
        ["migrate"],
        ["populate"],
        ["copy"],
        ["import"],
        ["export"],
        ["pause"],
        ["resume"],
        ["limit"],
    ],
)
def test_help_says_what_a_command_does(command: list[str]) -> None:
    result = CliRunner().invoke(main, [*command, "--help"])

    assert result.exit_code == 0
    assert "Usage:" in result.stdout


def test_help_lists_each_setting_with_its_default() -> None:
    help_text = "".join(CliRunner().invoke(main, ["--help"]).stdout.split())  # wherever it wraps

    for name, declared in declarations(Settings).items():
        listed = f"{variable(name)} {declared.meaning} [default: {declared.default or 'none'}]"
        assert "".join(listed.split()) in help_text


def test_the_version_is_printed() -> None:
    assert CliRunner().invoke(main, ["--version"]).stdout == f"order-service {__version__}\n"


@pytest.mark.usefixtures("fresh_processes")
def test_migrate_reports_what_it_did(tmp_path: Path) -> None:
    assert f"schema at revision {REVISION}, was empty" in run_main(tmp_path, "migrate").stdout
    assert f"schema at revision {REVISION}, was {REVISION}" in run_main(tmp_path, "migrate").stdout


@pytest.mark.usefixtures("fresh_processes")
def test_populate_writes_to_the_database_and_reports_how_fast(tmp_path: Path) -> None:
    result = run_main(tmp_path, "populate", "1200", "--batch-id", "b")

    assert result.returncode == 0
    assert "Batch b: 1200 orders created, 0 ids taken" in result.stdout
    assert "orders/s" in result.stdout
    assert rows(tmp_path, "SELECT count(*) FROM orders WHERE order_id LIKE 'sim_b_%'") == [(1200,)]


def test_a_batch_that_goes_on_is_timed_for_what_is_new_in_it(tmp_path: Path) -> None:
    stores = stores_at(f"sqlite:///{tmp_path}/orders.db")
    stores.require_schema()

    def cut_short(*_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        PopulateOrders(stores.batches, stores.clock)(1200, "b", cut_short)
    stores.close()

    printed = run_main(tmp_path, "populate", "1200", "--batch-id", "b").stdout

    assert f"Batch b: {1200 - CHUNK} orders created, 0 ids taken, in " in printed
    assert printed.endswith(f"orders/s); the first {CHUNK} entries are from an earlier run.\n")


def test_a_batch_works_once(tmp_path: Path) -> None:
    run_main(tmp_path, "populate", "1", "--batch-id", "b")

    result = run_main(tmp_path, "populate", "1", "--batch-id", "b")

    assert result.returncode == 2
    assert result.stderr == "error: batch b was used before, for 1 entries, which are all done\n"


@pytest.mark.parametrize("entries", ["0", "-1", "1000001", "some"])
def test_a_wrong_number_is_refused(entries: str) -> None:
    result = CliRunner().invoke(main, ["populate", "--", entries])

    assert result.exit_code == 2
    assert "Error: Invalid value for 'ENTRIES'" in result.stderr


def test_an_interrupted_populate_leaves_a_valid_state(tmp_path: Path) -> None:
    populate = Process(tmp_path, "python", MAIN, "populate", "1000000", "--batch-id", "b")
    with launched(populate):
        wait_until(lambda: (tmp_path / "orders.db").exists() and count_orders(tmp_path) > 0)

        exit_code = populate.terminate(signal.SIGINT)

    assert exit_code == 130
    written = populate.log.read_text()
    (stored,) = rows(tmp_path, "SELECT count(*) FROM orders")
    assert f"Interrupted: {stored[0]} of 1000000 orders were created." in written
    assert rows(tmp_path, "SELECT sum(pending) FROM order_counters") == [stored]
    assert rows(tmp_path, "SELECT count(*) FROM order_events") == [stored]


def test_the_same_seed_makes_the_same_orders(tmp_path: Path) -> None:
    for batch_id in ("a", "b"):
        run_main(tmp_path, "populate", "20", "--batch-id", batch_id, "--seed", "7")

    asked = "SELECT user_id, item_ids, total_cents FROM orders WHERE order_id LIKE 'sim_{}_%'"
    assert sorted(rows(tmp_path, asked.format("a"))) == sorted(rows(tmp_path, asked.format("b")))
    assert rows(tmp_path, "SELECT count(*) FROM orders WHERE user_id = 0") == [(0,)]


def test_a_rehearsal_shows_how_its_orders_fare_until_they_are_done(tmp_path: Path) -> None:
    with running(tmp_path, PROCESSING_SECONDS="0", SWEEP_SECONDS=0.1):
        result = run_main(tmp_path, "populate", "40", "--batch-id", "b", "--rate", "20")

    *looks, summary = result.stdout.splitlines()
    assert result.returncode == 0
    assert len(looks) >= 2
    assert re.fullmatch(
        r"created 40, done 40, in line 0; wait p50 \d+\.\d\d s, p95 \d+\.\d\d s", looks[-1]
    )
    assert summary == "Batch b: 40 orders created, 0 ids taken."


def test_an_interrupted_rehearsal_is_resumed_by_the_same_command(tmp_path: Path) -> None:
    command = ("populate", "100000", "--batch-id", "b", "--rate", "50")
    populate = Process(tmp_path, "python", MAIN, *command)
    with launched(populate):
        wait_until(lambda: "created" in populate.log.read_text())

        exit_code = populate.terminate(signal.SIGINT)

    stored = count_orders(tmp_path)
    assert exit_code == 130
    assert f"Interrupted: at least {stored} of 100000 orders were created." in (
        populate.log.read_text()
    )
    rest = run_main(tmp_path, "populate", "100000", "--batch-id", "b")
    assert f"the first {stored} entries are from an earlier run" in rest.stdout


def test_a_rehearsal_without_a_service_waits_to_be_interrupted(tmp_path: Path) -> None:
    populate = Process(tmp_path, "python", MAIN, "populate", "5", "--rate", "1000")
    with launched(populate):
        wait_until(lambda: "created 5, done 0, in line 5; wait p50 -" in populate.log.read_text())

        assert populate.terminate(signal.SIGINT) == 130


@pytest.mark.parametrize(
    "option", [["--rate", "0"], ["--rate", "nan"], ["--rate", "inf"], ["--seed", "-1"]]
)
def test_a_wrong_rate_or_seed_is_refused(option: list[str]) -> None:
    result = CliRunner().invoke(main, ["populate", "1", *option])

    assert result.exit_code == 2
    assert f"Error: Invalid value for '{option[0]}'" in result.stderr


def count_orders(folder: Path) -> int:
    tables = rows(folder, "SELECT count(*) FROM sqlite_master WHERE name = 'order_batches'")
    counted = rows(folder, "SELECT count(*) FROM orders") if tables == [(1,)] else [(0,)]
    count: int = counted[0][0]
    return count


@pytest.mark.usefixtures("fresh_processes")
@pytest.mark.parametrize("command", [["serve"], ["migrate"], ["populate", "1"]])
def test_a_wrong_setting_is_one_line_and_exit_code_2(tmp_path: Path, command: list[str]) -> None:
    result = run_main(tmp_path, *command, MAX_WORKERS="many")

    assert result.returncode == 2
    assert result.stderr == "error: ORDERS_MAX_WORKERS='many' is not valid; allowed: 1 to 100000\n"


def test_a_wrong_setting_stops_other_servers_with_one_line_too(tmp_path: Path) -> None:
    command = ("flask", "--app", "main", "run", "--port", str(free_port()))

    result = run(tmp_path, *command, MAX_WORKERS="many")

    assert result.returncode == 2
    assert result.stderr.strip().splitlines() == [
        "cannot start: ORDERS_MAX_WORKERS='many' is not valid; allowed: 1 to 100000"
    ]


@pytest.mark.usefixtures("fresh_processes")
def test_serving_prints_where_the_api_and_its_documentation_are(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        printed = service.log.read_text()

    assert f"{service.url}/orders" in printed
    assert f"{service.url}/docs" in printed


def test_a_service_with_another_lease_is_refused_until_all_are_to_change(tmp_path: Path) -> None:
    with running(tmp_path, LEASE_SECONDS=15):
        refused = run_main(tmp_path, "serve", PORT=free_port(), LEASE_SECONDS=30)
        changed = run_main(tmp_path, "lease", "30")
        with running(tmp_path, LEASE_SECONDS=30):  # beside the other
            again = run_main(tmp_path, "lease", "30")

    assert refused.returncode == 2
    assert refused.stderr.startswith("error: ORDERS_LEASE_SECONDS=30 differs from the 15 that all")
    assert refused.stderr.endswith("or change it for all: python main.py lease 30\n")
    assert "the lease is 30 s for processes that start from now on, and was 15 s" in changed.stdout
    assert "the lease is 30 s, and every process uses it" in again.stdout
