"""OrderRepository on SQL: looks for due orders that begin at a floor, and what gets below it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from adapters.sql.database import Database
from adapters.sql.databases.known import kind_of
from adapters.sql.orders import SqlOrderRepository
from adapters.sql.write_path.due_floor import PAUSE_SECONDS, SLOW_SECONDS, DueFloor
from application.ports import RepositoryError
from domain.change import Change
from domain.order import Order
from domain.transitions import OrderStatus
from tests.contract.conftest import DATABASES, empty_database
from tests.contract.databases import migrated_file
from tests.harness.builders import LEASE, START, an_order

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


class Ticking:
    """A clock that every call moves on by a tick, so that each look takes one."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.tick_seconds = 2 * SLOW_SECONDS

    def monotonic(self) -> float:
        self.seconds += self.tick_seconds
        return self.seconds


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture(params=[kind for kind in DATABASES if "journal" not in kind])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        url = migrated_file(tmp_path / "orders.db")
    else:
        url = empty_database(request, request.param)
    database = Database.open(kind_of(url), url)
    yield database
    database.close()


@pytest.fixture
def orders(database: Database, clock: Ticking) -> SqlOrderRepository:
    """All of whose looks are slow."""
    return SqlOrderRepository(database, partial(DueFloor, clock.monotonic))


def wait_in(orders: SqlOrderRepository, *due_seconds_ago: int) -> None:
    """Store a Pending order for each number, named by it."""
    orders.add([an_order(f"due-{ago}", due_at=START - ago * SECOND) for ago in due_seconds_ago])


def start(order: Order) -> Change:
    return order.start(START, LEASE, "me")


def claim(
    orders: SqlOrderRepository, limit: int = 10, ahead: timedelta = timedelta(0)
) -> list[str]:
    """The ids of what is started, at START or so much later."""
    now = START + ahead
    _, started = orders.start_due([], start, now=now, horizon=now + LEASE, limit=limit)
    return [order.order_id for order in started]


def hold(orders: SqlOrderRepository, limit: int = 10) -> list[str]:
    held = orders.hold_due(START + LEASE, now=START, horizon=START + 2 * LEASE, limit=limit)
    return [order.order_id for order in held]


def find(orders: SqlOrderRepository) -> list[str]:
    found = orders.find_due(OrderStatus.PENDING, now=START, horizon=START + LEASE, limit=10)
    return [order.order_id for order in found]


def pass_pause(clock: Ticking) -> None:
    clock.seconds += PAUSE_SECONDS


@pytest.mark.parametrize("take", [claim, hold])
def test_after_a_slow_claim_the_next_begin_where_it_ended_until_it_is_time_for_a_whole_one(
    orders: SqlOrderRepository, clock: Ticking, take: Callable[..., list[str]]
) -> None:
    wait_in(orders, 60, 50, 40)
    assert take(orders, limit=1) == ["due-60"]
    wait_in(orders, 70, 30)

    assert take(orders) == ["due-50", "due-40", "due-30"]  # and is spared what is below
    wait_in(orders, 35)
    assert take(orders) == []

    pass_pause(clock)
    assert take(orders) == ["due-70", "due-35"]


def test_a_fast_look_leaves_no_floor(database: Database, clock: Ticking) -> None:
    orders = SqlOrderRepository(database, partial(DueFloor, clock.monotonic, slow_seconds=0.015))
    wait_in(orders, 60)
    assert claim(orders) == ["due-60"]
    wait_in(orders, 70)

    assert claim(orders) == ["due-70"]


def test_orders_that_are_due_at_the_floor_itself_are_found(orders: SqlOrderRepository) -> None:
    orders.add([an_order(f"o{number}", due_at=START - MINUTE) for number in range(3)])

    assert sorted(claim(orders, 1) + claim(orders, 1) + claim(orders, 1)) == ["o0", "o1", "o2"]


def test_what_is_committed_a_little_late_is_above_the_floor(orders: SqlOrderRepository) -> None:
    wait_in(orders, 1)
    assert claim(orders) == ["due-1"]
    wait_in(orders, 2)

    assert claim(orders) == ["due-2"]


def test_what_is_given_back_is_above_the_floor(orders: SqlOrderRepository) -> None:
    wait_in(orders, 60)
    _, (started,) = orders.start_due([], start, now=START, horizon=START + LEASE, limit=1)
    orders.update([started.release(START)])

    assert claim(orders) == ["due-60"]


def test_a_clock_that_was_set_back_below_the_floor_finds_what_is_due_by_it(
    orders: SqlOrderRepository,
) -> None:
    wait_in(orders, 60)
    assert claim(orders, ahead=MINUTE) == ["due-60"]
    wait_in(orders, 30)

    assert claim(orders) == ["due-30"]


def test_a_claim_that_is_rolled_back_leaves_no_floor(orders: SqlOrderRepository) -> None:
    wait_in(orders, 60, 50)

    def fail(_: Order) -> Change:
        raise RepositoryError

    with pytest.raises(RepositoryError):
        orders.start_due([], fail, now=START, horizon=START + LEASE, limit=1)

    assert claim(orders) == ["due-60", "due-50"]


def test_a_claim_above_the_floor_that_is_rolled_back_leaves_it_where_it_was(
    orders: SqlOrderRepository,
) -> None:
    wait_in(orders, 60, 50, 40)
    assert claim(orders, limit=1) == ["due-60"]

    def fail(_: Order) -> Change:
        raise RepositoryError

    with pytest.raises(RepositoryError):
        orders.start_due([], fail, now=START, horizon=START + LEASE, limit=1)

    assert claim(orders) == ["due-50", "due-40"]


def test_what_a_read_has_found_is_found_again_as_long_as_it_is_due(
    orders: SqlOrderRepository, clock: Ticking
) -> None:
    wait_in(orders, 60, 50)
    assert find(orders) == ["due-60", "due-50"]
    wait_in(orders, 70)

    assert find(orders) == find(orders) == ["due-60", "due-50"]

    pass_pause(clock)
    assert find(orders) == ["due-70", "due-60", "due-50"]


@pytest.mark.parametrize(
    ("look_seconds", "pause_seconds"), [(0.01, 0.2), (0.05, 1), (0.5, 1), (1, 1), (8, 8)]
)
def test_whole_looks_are_a_second_apart_at_most_or_as_long_as_they_take(
    orders: SqlOrderRepository, clock: Ticking, look_seconds: float, pause_seconds: float
) -> None:
    clock.tick_seconds = look_seconds
    wait_in(orders, 60)
    assert claim(orders) == ["due-60"]
    clock.tick_seconds = 0
    wait_in(orders, 50)

    clock.seconds += 0.9 * pause_seconds
    assert claim(orders) == []

    clock.seconds += 0.2 * pause_seconds
    assert claim(orders) == ["due-50"]
