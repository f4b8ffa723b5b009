"""What the history says of each step."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.change import Change
from domain.events import CLIENT, WORKER, Actor, OrderEvent, Role
from domain.order import Order
from domain.transitions import EventKind, OrderStatus
from tests.harness.builders import LEASE, START, an_order

LATER = START + timedelta(seconds=9)
WAIT = timedelta(seconds=1)
WAITING = an_order()
STARTED = WAITING.start(START, LEASE, "worker-1").new
FAILED = STARTED.expire(LATER, None).new

STEPS: dict[EventKind, tuple[Order, Callable[[Order], Change]]] = {
    EventKind.STARTED: (WAITING, lambda order: order.start(LATER, LEASE, "worker-1")),
    EventKind.COMPLETED: (STARTED, lambda order: order.complete(LATER)),
    EventKind.ATTEMPT_FAILED: (STARTED, lambda order: order.fail(LATER, "no stock", WAIT)),
    EventKind.EXPIRED: (STARTED, lambda order: order.expire(LATER, WAIT)),
    EventKind.RELEASED: (STARTED, lambda order: order.release(LATER)),
    EventKind.PARKED: (STARTED, lambda order: order.park(LATER, LATER + WAIT)),
    EventKind.HELD: (WAITING, lambda order: order.hold(LATER)),
    EventKind.UNHELD: (WAITING.hold(START).new, lambda order: order.unhold(LATER)),
    EventKind.RETRIED: (FAILED, lambda order: order.retry(LATER)),
}
ENDS: list[tuple[EventKind, Change]] = [
    (EventKind.FAILED, STARTED.fail(LATER, "no stock", None)),
    (EventKind.FAILED, STARTED.expire(LATER, None)),
    (EventKind.CANCELLED, WAITING.cancel(LATER)),
    (EventKind.CANCELLED, FAILED.cancel(LATER)),
]


@pytest.mark.parametrize("kind", STEPS)
def test_each_step_has_a_kind_of_its_own(kind: EventKind) -> None:
    old, step = STEPS[kind]

    assert step(old).event.kind is kind


@pytest.mark.parametrize(("kind", "end"), ENDS)
def test_each_end_has_one_kind_whatever_led_to_it(kind: EventKind, end: Change) -> None:
    assert end.event.kind is kind


def test_the_first_line_says_that_the_order_was_created() -> None:
    assert WAITING.creation() == OrderEvent(
        order_id="ORD003",
        seq=1,
        kind=EventKind.CREATED,
        status=OrderStatus.PENDING,
        attempt=0,
        at=START,
        reason=None,
    )


def test_a_line_describes_the_order_after_the_step() -> None:
    failed = STARTED.fail(LATER, "no stock", WAIT)

    assert failed.event == OrderEvent(
        order_id="ORD003",
        seq=3,
        kind=EventKind.ATTEMPT_FAILED,
        status=OrderStatus.PENDING,
        attempt=1,
        at=LATER,
        reason="no stock",
    )


def test_a_kind_follows_from_this_step_and_not_from_what_happened_before() -> None:
    survivor = STARTED.expire(LATER, WAIT).new.start(LATER, LEASE, "worker-2").new
    survivor = survivor.fail(LATER, "no stock", WAIT).new.start(LATER, LEASE, "worker-2").new

    assert survivor.release(LATER).event.kind is EventKind.RELEASED


OPERATOR = Actor(Role.OPERATOR, "alice")


@pytest.mark.parametrize("step", [Order.cancel, Order.hold, Order.unhold])
def test_who_acted_is_in_the_line_and_so_is_why(step: Callable[..., Change]) -> None:
    event = step(WAITING, LATER, OPERATOR, "asked for by phone").event

    assert (event.caused_by, event.reason) == (OPERATOR, "asked for by phone")


@pytest.mark.parametrize(
    "step", [lambda order: order.start(LATER, LEASE, "w"), lambda order: order.cancel(LATER)]
)
def test_what_went_wrong_before_is_not_why_of_a_later_step(
    step: Callable[[Order], Change],
) -> None:
    started = WAITING.start(LATER, LEASE, "worker-1").new
    failed = started.fail(LATER, "no stock", LEASE).new

    change = step(failed)

    assert (change.new.reason, change.event.reason) == ("no stock", None)


def test_a_client_creates_an_order_and_a_worker_starts_it() -> None:
    assert WAITING.creation().caused_by == CLIENT
    assert WAITING.start(LATER, LEASE, "worker-1").event.caused_by == WORKER


@pytest.mark.parametrize("actor", [CLIENT, OPERATOR, Actor(Role.CLIENT, "key:7")])
def test_an_actor_can_be_read_back_from_its_text(actor: Actor) -> None:
    assert Actor.parse(str(actor)) == actor
