"""Whether the process lives, and whether it is ready for work."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from dependency_injector.providers import Object
from flask.testing import FlaskClient

from adapters.memory.orders import InMemoryOrderRepository
from application.ports import RepositoryUnavailable
from tests.conftest import World

LIMIT_SECONDS = 10


class SweeperStuckAfterItsFirstSweep:
    """Sweeps once; then the first sweep is known to be on record, and no later one follows."""

    def __init__(self, sweep: Callable[[], None]) -> None:
        self._sweep = sweep
        self._sweeps = 0
        self._stuck = threading.Event()
        self.go_on = threading.Event()

    def __call__(self) -> None:
        self._sweeps += 1
        if self._sweeps == 1:
            self._sweep()
        else:
            self._stuck.set()
            self.go_on.wait(LIMIT_SECONDS)

    def wait_for_first_sweep(self) -> None:
        assert self._stuck.wait(LIMIT_SECONDS)


class LostRepository(InMemoryOrderRepository):
    """A database that takes no writes."""

    def probe(self, at: datetime) -> timedelta:
        raise RepositoryUnavailable("disk full")


@pytest.fixture
def world() -> World:
    return World(sweep_seconds="0.05")


@pytest.fixture
def sweeper(world: World) -> SweeperStuckAfterItsFirstSweep:
    sweeper = SweeperStuckAfterItsFirstSweep(world.container.recover_orders())
    world.container.recover_orders.override(Object(sweeper))
    return sweeper


@pytest.fixture
def swept(world: World, sweeper: SweeperStuckAfterItsFirstSweep) -> Iterator[None]:
    """The lifecycle has begun, and its sweeper has swept once."""
    lifecycle = world.container.lifecycle()
    lifecycle.start()
    try:
        sweeper.wait_for_first_sweep()
        yield
    finally:
        sweeper.go_on.set()
        lifecycle.drain()


def test_a_process_that_answers_is_alive(client: FlaskClient) -> None:
    response = client.get("/healthz")

    assert response.status_code == 200
    assert response.json == {"status": "ok"}


def test_a_process_without_its_database_is_alive(client: FlaskClient, world: World) -> None:
    world.container.repository.override(Object(LostRepository()))

    assert client.get("/healthz").status_code == 200


def test_not_ready_before_the_sweeper_ran(client: FlaskClient) -> None:
    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.is_json


@pytest.mark.usefixtures("swept")
def test_ready_once_the_sweeper_ran(client: FlaskClient) -> None:
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json == {"status": "ok"}


@pytest.mark.usefixtures("swept")
def test_not_ready_when_the_sweeper_is_stuck(client: FlaskClient, world: World) -> None:
    world.clock.advance(seconds=60)

    assert client.get("/readyz").status_code == 503


def test_not_ready_while_no_write_goes_through(client: FlaskClient, world: World) -> None:
    world.container.repository.override(Object(LostRepository()))
    lifecycle = world.container.lifecycle()
    lifecycle.start()
    try:
        while "disk full" not in (lifecycle.problem() or ""):
            threading.Event().wait(0.001)

        response = client.get("/readyz")
    finally:
        lifecycle.drain()

    assert response.status_code == 503
    assert response.get_json()["error"] == "the sweeper failed: disk full"


@pytest.mark.usefixtures("swept")
def test_not_ready_when_all_workers_hang_and_orders_wait(client: FlaskClient, world: World) -> None:
    world.container.watch_work().is_stuck = True

    assert client.get("/readyz").status_code == 503


@pytest.mark.usefixtures("swept")
def test_not_ready_once_a_stop_has_begun(
    client: FlaskClient, world: World, sweeper: SweeperStuckAfterItsFirstSweep
) -> None:
    sweeper.go_on.set()
    world.container.lifecycle().drain()

    assert client.get("/readyz").status_code == 503
