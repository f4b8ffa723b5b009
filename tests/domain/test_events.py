"""What the history says of each step."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.events import EventKind, OrderEvent, event_between
from domain.order import Order, OrderStatus
from tests.harness.builders import LEASE, START, an_order

LATER = START + timedelta(seconds=9)
WAIT = timedelta(seconds=1)
WAITING = an_order()
STARTED = WAITING.start(START, LEASE, "worker-1")
FAILED = STARTED.expire(LATER, None)

STEPS: dict[EventKind, tuple[Order, Callable[[Order], Order]]] = {
    EventKind.STARTED: (WAITING, lambda order: order.start(LATER, LEASE, "worker-1")),
    EventKind.COMPLETED: (STARTED, lambda order: order.complete(LATER)),
    EventKind.ATTEMPT_FAILED: (STARTED, lambda order: order.fail(LATER, "no stock", WAIT)),
    EventKind.EXPIRED: (STARTED, lambda order: order.expire(LATER, WAIT)),
    EventKind.RELEASED: (STARTED, lambda order: order.release(LATER)),
    EventKind.RETRIED: (FAILED, lambda order: order.retry(LATER)),
}
ENDS: list[tuple[EventKind, Order, Order]] = [
    (EventKind.FAILED, STARTED, STARTED.fail(LATER, "no stock", None)),
    (EventKind.FAILED, STARTED, STARTED.expire(LATER, None)),
    (EventKind.CANCELLED, WAITING, WAITING.cancel(LATER)),
    (EventKind.CANCELLED, FAILED, FAILED.cancel(LATER)),
]


@pytest.mark.parametrize("kind", STEPS)
def test_each_step_has_a_kind_of_its_own(kind: EventKind) -> None:
    old, step = STEPS[kind]

    assert event_between(old, step(old)).kind is kind


@pytest.mark.parametrize(("kind", "old", "new"), ENDS)
def test_each_end_has_one_kind_whatever_led_to_it(kind: EventKind, old: Order, new: Order) -> None:
    assert event_between(old, new).kind is kind


def test_the_first_line_says_that_the_order_was_created() -> None:
    assert event_between(None, WAITING) == OrderEvent(
        order_id="ORD003",
        seq=1,
        kind=EventKind.CREATED,
        status=OrderStatus.PENDING,
        attempt=0,
        at=START,
        reason=None,
    )


def test_a_line_tells_the_order_after_the_step() -> None:
    failed = STARTED.fail(LATER, "no stock", WAIT)

    assert event_between(STARTED, failed) == OrderEvent(
        order_id="ORD003",
        seq=3,
        kind=EventKind.ATTEMPT_FAILED,
        status=OrderStatus.PENDING,
        attempt=1,
        at=LATER,
        reason="no stock",
    )


def test_a_kind_is_told_by_this_step_and_not_by_what_happened_before() -> None:
    survivor = STARTED.expire(LATER, WAIT).start(LATER, LEASE, "worker-2")
    survivor = survivor.fail(LATER, "no stock", WAIT).start(LATER, LEASE, "worker-2")

    assert event_between(survivor, survivor.release(LATER)).kind is EventKind.RELEASED
