"""AdvanceOrders: outcomes and starts in one call; what is lost, refused or interrupted is free."""

from collections.abc import Sequence

import pytest

from application.ports import OutcomeUnknown, RepositoryUnavailable
from domain.order import Change, Order
from domain.transitions import OrderStatus
from tests.application.repositories import DOWN, UP, FailingRepository
from tests.application.stories import a_process, place, stored
from tests.conftest import World

PENDING, PROCESSING, COMPLETED = (
    OrderStatus.PENDING,
    OrderStatus.PROCESSING,
    OrderStatus.COMPLETED,
)


class CountingRepository(FailingRepository):
    """Remembers how many changes each update had; may lose the answer to the next one."""

    def __init__(self) -> None:
        super().__init__()
        self.updates: list[int] = []
        self.loses_answer = False

    def update(self, changes: Sequence[Change]) -> list[bool]:
        self.updates.append(len(changes))
        done = super().update(changes)
        if self.loses_answer:
            self.loses_answer = False
            raise OutcomeUnknown("connection reset")
        return done


@pytest.fixture
def repository() -> CountingRepository:
    return CountingRepository()


@pytest.fixture
def world(repository: CountingRepository) -> World:
    return a_process(repository, processing_seconds="0")


def advance(world: World, outcomes: Sequence[Change], waiting: Sequence[Order]) -> list[Order]:
    return world.container.advance_orders()(outcomes, waiting)


def outcomes_of(world: World, started: Sequence[Order]) -> list[Change]:
    return [world.container.work_on_order()(order) for order in started]


def held(world: World) -> list[str]:
    return [order.order_id for order in world.container.held_orders().all()]


def two_outcomes(world: World) -> list[Change]:
    return outcomes_of(world, advance(world, [], [place(world, "a"), place(world, "b")]))


def test_outcomes_and_starts_share_one_write(world: World, repository: CountingRepository) -> None:
    outcomes = two_outcomes(world)

    started = advance(world, outcomes, [place(world, "c")])

    assert repository.updates == [2, 3]
    assert [stored(world, order_id).status for order_id in "abc"] == [
        COMPLETED,
        COMPLETED,
        PROCESSING,
    ]
    assert started == [stored(world, "c")]
    assert held(world) == ["c"]


def test_nothing_to_store_is_no_write(world: World, repository: CountingRepository) -> None:
    assert advance(world, [], []) == []
    assert repository.updates == []


def test_an_order_that_another_worker_has_started_is_skipped_and_held_no_longer(
    world: World,
) -> None:
    mine, theirs = place(world, "mine"), place(world, "theirs")
    world.container.held_orders().take(theirs)
    world.repository.update([theirs.start(world.clock.now(), world.settings.lease, "another")])

    started = advance(world, [], [theirs, mine])

    assert [order.order_id for order in started] == ["mine"]
    assert held(world) == ["mine"]


def test_an_order_that_was_lost_stops_neither_the_others_nor_the_next_start(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    outcomes = two_outcomes(world)
    world.container.held_orders().drop(outcomes[0].old)  # as a heartbeat does that was refused

    started = advance(world, outcomes, [place(world, "c")])

    assert [stored(world, order_id).status for order_id in "ab"] == [PROCESSING, COMPLETED]
    assert len(started) == 1
    assert caplog.messages == ["order a is no longer held here; attempt 1 dropped"]


def test_an_order_that_was_taken_over_stops_neither_the_others_nor_the_next_start(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    outcomes = two_outcomes(world)
    world.repository.update([outcomes[0].old.release(world.clock.now())])  # by another process

    started = advance(world, outcomes, [place(world, "c")])

    assert [stored(world, order_id).status for order_id in "ab"] == [PENDING, COMPLETED]
    assert len(started) == 1
    assert held(world) == ["c"]
    assert caplog.messages == ["order a is no longer held here; attempt 1 dropped"]


def test_after_a_failure_the_same_outcomes_can_be_stored(
    world: World, repository: CountingRepository
) -> None:
    outcomes = two_outcomes(world)
    repository.plan["update"].extend([DOWN, UP])

    with pytest.raises(RepositoryUnavailable):
        advance(world, outcomes, [])
    assert sorted(held(world)) == ["a", "b"]  # so that the heartbeat goes on
    advance(world, outcomes, [])

    assert [stored(world, order_id).status for order_id in "ab"] == [COMPLETED, COMPLETED]
    assert held(world) == []


@pytest.mark.parametrize("beats", [False, True])  # which finds that the orders have ended
def test_outcomes_whose_answer_was_lost_are_found_stored(
    world: World, repository: CountingRepository, beats: bool, caplog: pytest.LogCaptureFixture
) -> None:
    outcomes = two_outcomes(world)
    repository.loses_answer = True
    with pytest.raises(OutcomeUnknown):
        advance(world, outcomes, [])
    if beats:
        world.beat()

    advance(world, outcomes, [])

    assert held(world) == []
    assert caplog.messages == []  # nobody took them over


def test_a_start_that_is_stored_as_the_stop_ends_is_given_back(world: World) -> None:
    order = place(world, "late")
    world.container.held_orders().seal()

    assert advance(world, [], [order]) == []

    assert stored(world, "late").status is PENDING
    assert held(world) == []


def test_a_start_that_cannot_even_be_given_back_is_left_to_its_lease(
    world: World, repository: CountingRepository
) -> None:
    order = place(world, "late")
    world.container.held_orders().seal()
    repository.plan["update"].extend([UP, DOWN])

    assert advance(world, [], [order]) == []

    assert stored(world, "late").status is PROCESSING
    assert held(world) == []
