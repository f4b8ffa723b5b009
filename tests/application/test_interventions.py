"""CancelOrder, RetryOrder, HoldOrder and UnholdOrder: what somebody does with one order."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from adapters.memory.orders import InMemoryOrderRepository
from adapters.processors.scripted import ScriptedProcessor
from application.orders.intervention import Intervention
from application.ports import Once, OrderRejected, RetryLater
from domain.change import Change
from domain.errors import IllegalTransition, InvalidOrder, OrderChanged, OrderNotFound
from domain.events import Actor, Role
from domain.order import Order
from domain.transitions import EventKind, OrderStatus
from tests.application.stories import history, place, stored
from tests.conftest import World

ALICE = Actor(Role.OPERATOR, "alice")
ASKED = Intervention(order_id="ORD003")
WITH_REASON = Intervention(order_id="ORD003", actor=ALICE, reason="asked for by phone")
USE_CASES = ["cancel_order", "retry_order", "hold_order", "unhold_order"]


def do(world: World, use_case: str, asked: Intervention = ASKED) -> Order:
    """Have it done, by the use case of that name in the container."""
    order: Order = getattr(world.container, use_case)()(asked)
    return order


def fail(world: World) -> None:
    """Place an order, which fails for good."""
    world.process_with(ScriptedProcessor(OrderRejected("not sold any more")))
    place(world)
    world.work()


def test_a_cancelled_order_is_never_worked_on(world: World) -> None:
    processor = ScriptedProcessor()
    world.process_with(processor)
    place(world)

    do(world, "cancel_order")
    world.work()

    assert stored(world).status is OrderStatus.CANCELLED
    assert processor.processed == []


def test_a_failed_order_can_be_cancelled(world: World) -> None:
    fail(world)

    assert do(world, "cancel_order").status is OrderStatus.CANCELLED


def test_a_retried_order_is_worked_on_again_with_fresh_counts(world: World) -> None:
    fail(world)
    world.container.dispatch_now().clear()

    retried = do(world, "retry_order")

    assert (retried.status, retried.failures, retried.attempt) == (OrderStatus.PENDING, 0, 1)
    assert world.container.dispatch_now().is_set()
    world.sweep()
    world.work()
    assert stored(world).status is OrderStatus.COMPLETED
    assert stored(world).attempt == 2


def test_a_held_order_is_not_dispatched_until_it_is_released(world: World) -> None:
    place(world)
    do(world, "hold_order")

    world.work()
    world.clock.advance(seconds=3600)
    world.sweep()
    world.work()
    held = stored(world)
    do(world, "unhold_order")
    world.sweep()
    world.work()

    assert (held.status, held.attempt) == (OrderStatus.PENDING, 0)
    assert stored(world).status is OrderStatus.COMPLETED


@pytest.mark.parametrize(
    ("use_case", "kind"), [("cancel_order", EventKind.CANCELLED), ("hold_order", EventKind.HELD)]
)
def test_who_asked_and_why_is_in_the_history(world: World, use_case: str, kind: EventKind) -> None:
    place(world)

    do(world, use_case, WITH_REASON)

    last = world.views.history("ORD003")[-1]
    assert (last.kind, last.actor, last.reason) == (kind, ALICE, "asked for by phone")


@pytest.mark.parametrize(
    ("before", "use_case"),
    [
        (place, "cancel_order"),
        (fail, "retry_order"),
        (place, "hold_order"),
        (place, "unhold_order"),
    ],
)
def test_what_was_done_before_is_not_done_twice(
    world: World, before: Callable[[World], object], use_case: str
) -> None:
    before(world)
    first = do(world, use_case)

    assert do(world, use_case, WITH_REASON) == first == stored(world)
    assert len(history(world)) == first.seq


@pytest.mark.parametrize("use_case", USE_CASES)
def test_a_completed_order_stays_so(world: World, use_case: str) -> None:
    place(world)
    world.work()

    with pytest.raises(IllegalTransition, match="is Completed"):
        do(world, use_case)

    assert stored(world).status is OrderStatus.COMPLETED


def test_an_order_that_waits_for_its_first_attempt_is_not_retried(world: World) -> None:
    place(world)

    with pytest.raises(IllegalTransition, match="is Pending and cannot be retried"):
        do(world, "retry_order")


@pytest.mark.parametrize("use_case", USE_CASES)
def test_an_unknown_order_is_not_found(world: World, use_case: str) -> None:
    with pytest.raises(OrderNotFound):
        do(world, use_case)


@pytest.mark.parametrize("reason", ["", "two\nlines", "nul\0", "half \ud800", "x" * 501])
def test_a_reason_is_one_line_that_every_database_can_store(world: World, reason: str) -> None:
    place(world)

    with pytest.raises(InvalidOrder, match="reason"):
        do(world, "cancel_order", Intervention(order_id="ORD003", reason=reason))

    assert stored(world).status is OrderStatus.PENDING


def test_another_version_than_the_one_that_was_asked_for_stays_as_it_is(world: World) -> None:
    place(world)

    with pytest.raises(OrderChanged):
        do(world, "hold_order", Intervention(order_id="ORD003", if_seq=frozenset({2, 7})))

    assert not stored(world).is_held
    assert do(world, "hold_order", Intervention(order_id="ORD003", if_seq=frozenset({1}))).is_held


class Overtaken(InMemoryOrderRepository):
    """Somebody else changes the order just before the first update comes."""

    other: Callable[[Order], Change] | None = None

    def update(self, changes: Sequence[Change], once: Once | None = None) -> list[bool]:
        if self.other is not None:
            other, self.other = self.other, None
            super().update([other(changes[0].old)])
        return super().update(changes, once)


def test_a_released_order_does_not_wait_for_the_back_off_that_it_had(world: World) -> None:
    world.process_with(ScriptedProcessor(RetryLater("closed", timedelta(seconds=60))))
    place(world)
    world.work()
    do(world, "hold_order")

    do(world, "unhold_order")
    world.sweep()
    world.work()

    assert stored(world).status is OrderStatus.COMPLETED


def test_a_hold_that_loses_a_race_sees_what_came_of_the_order(world: World) -> None:
    repository = Overtaken()
    world.share(repository)
    place(world)
    now = world.clock.now()
    repository.other = lambda order: order.cancel(now)

    with pytest.raises(IllegalTransition, match="is Cancelled"):
        do(world, "hold_order")


def test_a_cancel_that_loses_a_race_against_a_hold_cancels_the_held_order(world: World) -> None:
    repository = Overtaken()
    world.share(repository)
    place(world)
    now = world.clock.now()
    repository.other = lambda order: order.hold(now)

    assert do(world, "cancel_order").status is OrderStatus.CANCELLED
    assert history(world) == [
        EventKind.CREATED,
        EventKind.HELD,
        EventKind.CANCELLED,
    ]
