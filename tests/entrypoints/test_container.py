"""The container: adapters are chosen by settings, and nothing is built before its time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.clock import SystemClock
from adapters.in_process.dispatcher import Dispatcher
from adapters.in_process.event_loop_workers import EventLoopWorkers
from adapters.in_process.thread_workers import ThreadWorkers
from adapters.memory.orders import InMemoryOrderRepository
from adapters.processors.function import FunctionProcessor
from adapters.processors.simulated import SimulatedProcessor
from adapters.sql.databases.database_clock import DatabaseClock
from adapters.sql.orders import SqlOrderRepository
from adapters.sql.schema.tables import REVISION
from domain.order import Order
from entrypoints.wiring.container import Container
from entrypoints.wiring.load_settings import load_settings
from entrypoints.wiring.settings import SettingsError, StartError


def container(**given: str) -> Container:
    environment = {f"ORDERS_{name}": value for name, value in given.items()}
    return Container(settings=load_settings(environment, dotenv_path=""))


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[Container]:
    made = container(DATABASE_URL=f"sqlite:///{tmp_path}/orders.db")
    yield made
    made.stores().close()


def test_the_database_is_chosen_by_its_url(on_sqlite: Container) -> None:
    assert isinstance(on_sqlite.repository(), SqlOrderRepository)
    assert isinstance(container(DATABASE_URL="memory://").repository(), InMemoryOrderRepository)


def test_leases_are_timed_by_the_clock_that_all_processes_share(on_sqlite: Container) -> None:
    on_server = container(DATABASE_URL="postgresql+psycopg://nobody@127.0.0.1:1/none")

    assert isinstance(on_server.clock(), DatabaseClock)
    assert isinstance(on_sqlite.clock(), SystemClock)


def test_two_heartbeats_may_be_lost_within_a_lease() -> None:
    lifecycle = container(DATABASE_URL="memory://", LEASE_SECONDS="60").lifecycle()

    (heartbeat,) = [each for each in lifecycle._repeaters if each.name == "heartbeat"]
    assert 0 < heartbeat._period_seconds <= 60 / 3


def test_the_processor_is_chosen_by_its_setting() -> None:
    simulated = container(DATABASE_URL="memory://")
    function = container(DATABASE_URL="memory://", PROCESSOR="builtins:repr")

    assert isinstance(simulated.processor(), SimulatedProcessor)
    assert isinstance(function.processor(), FunctionProcessor)


def test_orders_are_dispatched_in_this_process_unless_settings_say_otherwise(
    on_sqlite: Container,
) -> None:
    assert isinstance(on_sqlite.queue(), Dispatcher)


async def wait(order: Order) -> None:
    """A user's own function that awaits."""


def test_a_function_that_blocks_has_a_thread_for_each_order_up_to_a_thousand() -> None:
    allowed = container(DATABASE_URL="memory://", PROCESSOR="builtins:repr", MAX_WORKERS="1000")
    refused = container(DATABASE_URL="memory://", PROCESSOR="builtins:repr", MAX_WORKERS="1001")

    assert isinstance(allowed.workers(), ThreadWorkers)
    with pytest.raises(SettingsError, match=r"ORDERS_MAX_WORKERS=1001: .*allowed are 1 to 1000"):
        refused.workers()


def test_functions_that_await_share_an_event_loop_however_many() -> None:
    own = container(DATABASE_URL="memory://", PROCESSOR=f"{__name__}:wait", MAX_WORKERS="1001")
    simulated = container(DATABASE_URL="memory://", MAX_WORKERS="100000")

    assert isinstance(own.workers(), EventLoopWorkers)
    assert isinstance(simulated.workers(), EventLoopWorkers)


def test_all_use_cases_of_a_container_share_one_of_everything(on_sqlite: Container) -> None:
    assert on_sqlite.repository() is on_sqlite.repository()
    assert on_sqlite.held_orders() is on_sqlite.held_orders()


def test_two_containers_share_nothing() -> None:
    one, two = container(DATABASE_URL="memory://"), container(DATABASE_URL="memory://")

    assert one.repository() is not two.repository()
    assert one.owner() != two.owner()


def test_a_processor_that_cannot_be_loaded_is_a_wrong_setting() -> None:
    with pytest.raises(SettingsError, match=r"ORDERS_PROCESSOR='no_such\.module:f'"):
        container(DATABASE_URL="memory://", PROCESSOR="no_such.module:f").processor()


def test_preparing_an_embedded_database_migrates_it(on_sqlite: Container) -> None:
    assert "was empty" in on_sqlite.stores().require_schema()
    assert f"was {REVISION}" in on_sqlite.stores().require_schema()
    assert on_sqlite.views().totals().order_count == 0


def test_a_database_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    nowhere = container(DATABASE_URL=f"sqlite:///{tmp_path}/no/such/folder/orders.db")

    with pytest.raises(StartError, match=r"no/such/folder/orders.db: unable to open"):
        nowhere.stores().require_schema()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "orders.db").write_text("not a database, but long enough to be read as one" * 100)

    with pytest.raises(StartError, match=r"orders.db: file is not a database"):
        container(DATABASE_URL=f"sqlite:///{tmp_path}/orders.db").stores().require_schema()
