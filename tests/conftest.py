"""Fixtures: the service in memory with a manual clock. Skips tests whose server is missing."""

import gc
import os
import signal
from collections.abc import Generator, Iterator
from contextlib import suppress
from functools import partial

import pytest
from dependency_injector.providers import Object
from flask.testing import FlaskClient

from adapters.clock import ManualClock
from adapters.memory.answers import InMemoryKeptAnswers
from adapters.memory.batches import InMemoryBatchRepository
from adapters.memory.feed import InMemoryOrderFeed
from adapters.memory.flow import InMemoryOrderFlow
from adapters.memory.order_list import InMemoryOrderList
from adapters.memory.orders import InMemoryOrderRepository
from adapters.memory.queue import InMemoryQueue
from adapters.memory.views import InMemoryOrderViews
from application.ports import AsyncOrderProcessor, OrderProcessor
from domain.flow import Flow
from entrypoints.http.app import create_http_app
from entrypoints.wiring.container import Container
from entrypoints.wiring.load_settings import load_settings
from tests.harness import Missing
from tests.harness.forked import ForkServer
from tests.harness.one_at_a_time import process
from tests.harness.processes import Process

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell's background jobs ignore Ctrl-C, and so would the processes that tests interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
# What tests start would compile the service each time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_configure(config: pytest.Config) -> None:
    """With xdist, start missing servers once, and share them among its processes."""
    if getattr(config.option, "numprocesses", None):
        from tests.harness.brokers import BROKERS, broker_url  # noqa: PLC0415  # not all have its packages
        from tests.harness.database_servers import SERVERS, server_url  # noqa: PLC0415

        with suppress(Missing):  # each test that needs it reports that
            found = server_url("postgresql").render_as_string(hide_password=False)
            os.environ[SERVERS["postgresql"].variable] = found
        with suppress(Missing):
            os.environ[BROKERS["redis"].variable] = broker_url("redis")


@pytest.fixture(scope="session", autouse=True)
def _fork_server() -> Iterator[None]:
    """Fork what runs main.py from a process that has imported it."""
    Process.fork_server = ForkServer()
    yield
    Process.fork_server.close()
    Process.fork_server = None


@pytest.fixture
def fresh_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start main.py in a new interpreter: where that is the point, or what it imports is."""
    monkeypatch.setattr(Process, "fork_server", None)


def pytest_collection_finish() -> None:
    """Look no more through what was imported and collected, when memory is collected."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None, object, object]:
    return (yield from _skip_if_something_is_missing())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    return (yield from _skip_if_something_is_missing())


def _skip_if_something_is_missing() -> Generator[None, object, object]:
    """Skip the test, or fail it in continuous integration, when a server or a tool is missing."""
    try:
        return (yield)
    except Missing as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


class World:
    """One process of the service, in memory: work(), sweep() and beat() do what its threads do."""

    def __init__(self, **settings: str) -> None:
        environment = {"ORDERS_DATABASE_URL": "memory://", "ORDERS_PROCESSING_SECONDS": "5.011218"}
        given = {f"ORDERS_{name.upper()}": value for name, value in settings.items()}
        self.settings = load_settings(environment | given, dotenv_path="")
        self.clock = ManualClock()
        self.queue = InMemoryQueue(window=2 * self.settings.max_workers)
        self.container = Container(settings=self.settings)
        self.container.clock.override(Object(self.clock))
        self.container.queue.override(Object(self.queue))
        self.share(InMemoryOrderRepository())

    def share(self, repository: InMemoryOrderRepository) -> None:
        """Use this repository, and the database behind it."""
        self.repository = repository
        self.views = InMemoryOrderViews(repository.database)
        self.feed = InMemoryOrderFeed(repository.database)
        self.batches = InMemoryBatchRepository(repository.database)
        self.answers = InMemoryKeptAnswers(repository.database)
        self.container.repository.override(Object(repository))
        self.container.views.override(Object(self.views))
        self.container.order_list.override(Object(InMemoryOrderList(repository.database)))
        self.container.batches.override(Object(self.batches))
        self.container.answers.override(Object(self.answers))
        self.container.flow.override(Object(InMemoryOrderFlow(repository.database)))
        self.container.gate().follow(Flow())  # as after its first sweep

    def process_with(self, processor: OrderProcessor | AsyncOrderProcessor) -> None:
        """Use this processor; call it before the first work()."""
        self.container.processor.override(Object(processor))

    def begin_to_sweep(self) -> "World":
        """Make the sweeper read the clocks now, as it does in a process that has just started."""
        self.container.recover_orders.reset()
        self.container.recover_orders()
        return self

    def work(self) -> int:
        """Process every hint in the queue; returns how many there were."""
        return self.queue.drain(partial(process, self.container))

    def sweep(self) -> None:
        """Sweep once, and dispatch due orders."""
        self.container.recover_orders()()
        self.container.dispatch_due_orders()()

    def beat(self) -> None:
        """Extend the leases once."""
        self.container.extend_leases()()


@pytest.fixture
def world() -> World:
    return World().begin_to_sweep()


@pytest.fixture
def client(world: World) -> Iterator[FlaskClient]:
    with create_http_app(world.container).test_client() as client:
        yield client
