"""ProcessOrder: many orders by one worker, each outcome stored with the next start."""

from collections import deque
from collections.abc import Callable, Sequence

import pytest
from dependency_injector.providers import Object

from adapters.processors import FunctionProcessor
from application.ports import RepositoryUnavailable
from domain.order import Change, Order
from domain.transitions import OrderStatus
from tests.application.repositories import DOWN, UP, FailingRepository
from tests.application.stories import Mortal, Vanished, a_process, place, stored
from tests.conftest import World

COMPLETED, PENDING = OrderStatus.COMPLETED, OrderStatus.PENDING


class CountingRepository(FailingRepository):
    """Remembers how many changes each update had."""

    def __init__(self) -> None:
        super().__init__()
        self.updates: list[int] = []
        self.breaks: set[int] = set()  # which of them, from 1

    def update(self, changes: Sequence[Change]) -> list[bool]:
        self.updates.append(len(changes))
        if len(self.updates) in self.breaks:
            raise ValueError("a bug in an adapter")
        return super().update(changes)


@pytest.fixture
def repository() -> CountingRepository:
    return CountingRepository()


@pytest.fixture
def world(repository: CountingRepository) -> World:
    return a_process(repository)


def in_turn(*hints: Order) -> Callable[[], Order | None]:
    left = deque(hints)
    return lambda: left.popleft() if left else None


def three(world: World) -> list[Order]:
    return [place(world, order_id) for order_id in ("a", "b", "c")]


def work_through(world: World, hints: list[Order]) -> None:
    world.container.process_order()(hints[0], in_turn(*hints[1:]))


def statuses(world: World) -> list[OrderStatus]:
    return [stored(world, order_id).status for order_id in ("a", "b", "c")]


def test_one_worker_completes_all_that_it_is_given(world: World) -> None:
    work_through(world, three(world))

    assert statuses(world) == [COMPLETED] * 3


def test_an_old_hint_on_the_way_is_passed_over(world: World) -> None:
    a, b, c = three(world)
    world.container.process_order()(b)

    work_through(world, [a, b, c])

    assert statuses(world) == [COMPLETED] * 3
    assert stored(world, "b").attempt == 1


def test_the_outcome_is_recorded_though_the_next_start_cannot_be_stored(
    world: World, repository: CountingRepository
) -> None:
    hints = three(world)
    repository.plan["update"].extend([UP, DOWN, DOWN, UP])

    with pytest.raises(RepositoryUnavailable):
        work_through(world, hints)

    assert statuses(world) == [COMPLETED, PENDING, PENDING]


def test_an_order_that_was_lost_is_not_recorded_with_the_next_start(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    held_orders = world.container.held_orders()

    def lose_a(order: Order) -> None:
        if order.order_id == "a":
            held_orders.drop(order)

    world.process_with(FunctionProcessor(lose_a))

    work_through(world, three(world))

    assert statuses(world) == [OrderStatus.PROCESSING, COMPLETED, COMPLETED]
    assert caplog.messages == ["order a is no longer held here; attempt 1 dropped"]


def test_an_order_that_was_taken_over_does_not_stop_the_next_start(
    world: World, repository: CountingRepository, caplog: pytest.LogCaptureFixture
) -> None:
    def give_back(order: Order) -> None:
        if order.order_id == "a":  # as another process does, once the lease has ended
            FailingRepository.update(repository, [order.release(world.clock.now())])

    world.process_with(FunctionProcessor(give_back))

    work_through(world, three(world))

    assert statuses(world) == [PENDING, COMPLETED, COMPLETED]
    assert caplog.messages == ["order a is no longer held here; attempt 1 dropped"]


def test_a_worker_that_vanishes_leaves_what_it_finished_before_recorded(world: World) -> None:
    mortal = Mortal(world.container.repository())

    def vanish(order: Order) -> None:
        mortal.is_dead = order.order_id == "b"

    world.container.repository.override(Object(mortal))
    world.process_with(FunctionProcessor(vanish))

    with pytest.raises(Vanished):
        work_through(world, three(world))

    assert statuses(world) == [COMPLETED, OrderStatus.PROCESSING, PENDING]


def test_nothing_that_was_worked_on_is_held_afterwards(world: World) -> None:
    hints = three(world)

    work_through(world, hints)

    assert [order for order in world.container.held_orders().all() if order not in hints] == []


@pytest.mark.parametrize("breaks", [{1}, {2}, {2, 3}, {3}, {3, 4}, {4}])
def test_no_error_of_the_store_leaves_an_order_held_for_ever(
    world: World, repository: CountingRepository, breaks: set[int]
) -> None:
    hints = three(world)
    repository.breaks = breaks

    with pytest.raises(ValueError, match="a bug in an adapter"):
        work_through(world, hints)

    assert [order for order in world.container.held_orders().all() if order not in hints] == []


def test_an_outcome_that_could_not_be_stored_with_the_next_start_is_stored_alone(
    world: World, repository: CountingRepository
) -> None:
    hints = three(world)
    repository.breaks = {2}

    with pytest.raises(ValueError, match="a bug in an adapter"):
        work_through(world, hints)

    assert statuses(world) == [COMPLETED, PENDING, PENDING]


def test_a_lost_order_is_reported_once_though_the_next_start_fails(
    world: World, repository: CountingRepository, caplog: pytest.LogCaptureFixture
) -> None:
    world.process_with(FunctionProcessor(world.container.held_orders().drop))
    repository.breaks = {2}

    with pytest.raises(ValueError, match="a bug in an adapter"):
        work_through(world, three(world))

    assert caplog.messages == ["order a is no longer held here; attempt 1 dropped"]
