"""AdvanceOrders: outcomes and starts in one call; what is lost, refused or interrupted is free."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from application.ports import OutcomeUnknown, RepositoryUnavailable
from application.processing.advance_orders import Started
from domain.change import Change
from domain.order import Order
from domain.transitions import OrderStatus
from tests.application.repositories import DOWN, UP, ForgetfulRepository
from tests.application.stories import a_neighbour_of, a_process, place, stored
from tests.conftest import World
from tests.harness.builders import an_order
from tests.harness.one_at_a_time import work_on

PENDING, PROCESSING, COMPLETED = (
    OrderStatus.PENDING,
    OrderStatus.PROCESSING,
    OrderStatus.COMPLETED,
)


class Repository(ForgetfulRepository):
    """Lets something happen while due orders are started."""

    def __init__(self) -> None:
        super().__init__()
        self.loses_start = ""  # the next answer to start_due: before it is stored, or after
        self.meanwhile: Callable[[], object] = lambda: None

    def start_due(self, *args: Any, **options: Any) -> tuple[list[bool], list[Order]]:
        self.meanwhile()
        how, self.loses_start = self.loses_start, ""
        if how == "before":
            args[1](self.find_due(PENDING, limit=1, **_moments(options))[0])
            raise OutcomeUnknown("connection reset")
        done = super().start_due(*args, **options)
        if how == "after":
            raise OutcomeUnknown("connection reset")
        return done


def _moments(options: dict[str, Any]) -> dict[str, Any]:
    return {name: options[name] for name in ("now", "horizon")}


@pytest.fixture
def repository() -> Repository:
    return Repository()


@pytest.fixture
def world(repository: Repository) -> World:
    return a_process(repository, processing_seconds="0")


def advance(world: World, outcomes: Sequence[Change], waiting: Sequence[Order]) -> list[Order]:
    return world.container.advance_orders()(outcomes, waiting).orders


def outcomes_of(world: World, started: Sequence[Order]) -> list[Change]:
    return [work_on(world.container, order) for order in started]


def held(world: World) -> list[str]:
    return [order.order_id for order in world.container.held_orders().all()]


def two_outcomes(world: World) -> list[Change]:
    return outcomes_of(world, advance(world, [], [place(world, "a"), place(world, "b")]))


def test_outcomes_and_starts_share_one_write(world: World, repository: Repository) -> None:
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


def test_nothing_to_store_is_no_write(world: World, repository: Repository) -> None:
    assert advance(world, [], []) == []
    assert repository.updates == []


def wait_in(world: World, *order_ids: str) -> None:
    """Store Pending orders that are due, the longest due first."""
    now = world.clock.now()
    world.repository.add(
        [
            an_order(order_id, due_at=now - timedelta(seconds=10 - number))
            for number, order_id in enumerate(order_ids)
        ]
    )


def test_due_orders_are_started_in_the_same_write_as_far_as_there_is_room(
    world: World, repository: Repository
) -> None:
    outcomes = two_outcomes(world)
    order = place(world, "c")
    wait_in(world, "due-1", "due-2", "due-3")

    started = world.container.advance_orders()(outcomes, [order], room=2)

    assert [order.order_id for order in started.orders] == ["due-1", "due-2", "c"]
    assert started.is_more_due
    assert held(world) == ["due-1", "due-2", "c"]
    assert [stored(world, order_id).status for order_id in ("a", "due-2", "due-3")] == [
        COMPLETED,
        PROCESSING,
        PENDING,
    ]


def test_new_orders_line_up_while_more_may_be_due_than_there_is_room_for(world: World) -> None:
    advance_orders, overflow = world.container.advance_orders(), world.container.overflow()
    wait_in(world, "due-1", "due-2", "due-3")

    advance_orders([], [], room=2)
    assert overflow.exists

    assert not advance_orders([], [], room=2).is_more_due
    assert not overflow.exists


def test_a_due_order_that_waits_here_too_is_started_once(world: World) -> None:
    order = place(world, "mine")
    world.container.held_orders().take(order)
    world.clock.advance(seconds=20)  # no heartbeat came through

    started = world.container.advance_orders()([], [order], room=2)

    assert [order.attempt for order in started.orders] == [1]
    assert held(world) == ["mine"]


def test_nothing_due_is_started_once_a_stop_has_begun(world: World) -> None:
    wait_in(world, "due")
    world.container.held_orders().close()

    assert world.container.advance_orders()([], [], room=2) == Started([])

    assert stored(world, "due").status is PENDING


def test_a_due_order_that_is_started_as_the_stop_ends_is_given_back(
    world: World, repository: Repository
) -> None:
    wait_in(world, "due")
    repository.meanwhile = world.container.held_orders().seal

    assert world.container.advance_orders()([], [], room=2) == Started([])

    assert stored(world, "due").status is PENDING
    assert held(world) == []


def test_an_order_that_another_worker_has_started_is_skipped_and_held_no_longer(
    world: World,
) -> None:
    mine, theirs = place(world, "mine"), place(world, "theirs")
    world.container.held_orders().take(theirs)
    world.repository.update([theirs.start(world.clock.now(), world.settings.lease, "another")])

    started = world.container.advance_orders()([], [theirs, mine])

    assert [order.order_id for order in started.orders] == ["mine"]
    assert started.too_late == 1
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
    world: World, repository: Repository
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
    world: World, repository: Repository, beats: bool, caplog: pytest.LogCaptureFixture
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


@pytest.mark.parametrize("is_stored", [True, False])
def test_starts_whose_answer_was_lost_are_worked_on_if_they_are_stored(
    world: World, repository: Repository, is_stored: bool
) -> None:
    wait_in(world, "due")
    waiting = place(world, "waits")
    repository.loses_start = "after" if is_stored else "before"
    with pytest.raises(OutcomeUnknown):
        world.container.advance_orders()([], [waiting], room=2)

    found = advance(world, [], [])

    assert {order.order_id for order in found} == ({"due", "waits"} if is_stored else set())
    assert held(world) == [order.order_id for order in found]
    assert advance(world, [], []) == []


def test_an_order_that_is_worked_on_is_not_taken_for_a_start_in_doubt(
    world: World, repository: Repository
) -> None:
    hint = place(world, "a")
    (started,) = advance(world, [], [hint])
    repository.plan["update"].append(DOWN)
    with pytest.raises(RepositoryUnavailable):
        advance(world, [], [hint])  # a repeated hint

    assert advance(world, [], []) == []
    assert world.container.held_orders().holds(started)


def test_a_start_in_doubt_that_is_another_workers_is_left_alone(
    world: World, repository: Repository
) -> None:
    wait_in(world, "due")
    repository.loses_start = "before"
    with pytest.raises(OutcomeUnknown):
        world.container.advance_orders()([], [], room=2)
    a_neighbour_of(world).container.advance_orders()([], [], room=2)

    assert advance(world, [], []) == []
    assert stored(world, "due").status is PROCESSING


def test_a_start_that_is_stored_as_the_stop_ends_is_given_back(world: World) -> None:
    order = place(world, "late")
    world.container.held_orders().seal()

    assert advance(world, [], [order]) == []

    assert stored(world, "late").status is PENDING
    assert held(world) == []


def test_a_start_that_cannot_even_be_given_back_is_left_to_its_lease(
    world: World, repository: Repository
) -> None:
    order = place(world, "late")
    world.container.held_orders().seal()
    repository.plan["update"].extend([UP, DOWN])

    assert advance(world, [], [order]) == []

    assert stored(world, "late").status is PROCESSING
    assert held(world) == []
