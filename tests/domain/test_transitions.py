"""Every step that the state machine has, what each one sets, and every step that it refuses."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.errors import IllegalTransition
from domain.order import Order
from domain.transitions import OrderStatus
from tests.domain.orders_with_a_past import NOW, WAIT, an_order_that_is
from tests.harness.builders import LEASE, an_order

PENDING, PROCESSING, COMPLETED, FAILED, CANCELLED = OrderStatus

CALLS: dict[str, Callable[[Order], Order]] = {
    "start": lambda order: order.start(NOW, LEASE, "worker-2").new,
    "complete": lambda order: order.complete(NOW).new,
    "fail, try again": lambda order: order.fail(NOW, "no stock", WAIT).new,
    "fail, give up": lambda order: order.fail(NOW, "no stock", None).new,
    "release": lambda order: order.release(NOW, WAIT, "later").new,
    "expire, try again": lambda order: order.expire(NOW, WAIT).new,
    "expire, give up": lambda order: order.expire(NOW, None).new,
    "cancel": lambda order: order.cancel(NOW).new,
    "retry": lambda order: order.retry(NOW).new,
    "park": lambda order: order.park(NOW, NOW + WAIT).new,
    "hold": lambda order: order.hold(NOW).new,
    "unhold": lambda order: order.unhold(NOW).new,
}
LEGAL = {
    (PENDING, "start"): PROCESSING,
    (PENDING, "cancel"): CANCELLED,
    (PROCESSING, "complete"): COMPLETED,
    (PROCESSING, "fail, try again"): PENDING,
    (PROCESSING, "fail, give up"): FAILED,
    (PROCESSING, "release"): PENDING,
    (PROCESSING, "expire, try again"): PENDING,
    (PROCESSING, "expire, give up"): FAILED,
    (PROCESSING, "park"): PROCESSING,
    (PENDING, "hold"): PENDING,
    (PENDING, "unhold"): PENDING,
    (FAILED, "retry"): PENDING,
    (FAILED, "cancel"): CANCELLED,
}
TARGETS = {call: target for (_, call), target in LEGAL.items()}
ILLEGAL = [
    (status, call) for status in OrderStatus for call in CALLS if (status, call) not in LEGAL
]


def what_was_ordered(order: Order) -> tuple[object, ...]:
    return order.order_id, order.user_id, order.item_ids, order.total_amount, order.created_at


@pytest.mark.parametrize(("status", "call"), LEGAL)
def test_a_legal_step_leads_to_its_status(status: OrderStatus, call: str) -> None:
    assert CALLS[call](an_order_that_is(status)).status is LEGAL[status, call]


@pytest.mark.parametrize(("status", "call"), ILLEGAL)
def test_any_other_step_is_refused_by_naming_the_order_and_the_step(
    status: OrderStatus, call: str
) -> None:
    with pytest.raises(IllegalTransition) as refusal:
        CALLS[call](an_order_that_is(status))

    facts = refusal.value.order_id, refusal.value.status, refusal.value.target
    assert facts == ("ORD003", status, TARGETS[call])


@pytest.mark.parametrize(("status", "call"), LEGAL)
def test_every_step_adds_one_line_to_the_history(status: OrderStatus, call: str) -> None:
    assert CALLS[call](an_order_that_is(status)).seq == 8


@pytest.mark.parametrize(("status", "call"), LEGAL)
def test_every_step_remembers_when_it_happened(status: OrderStatus, call: str) -> None:
    assert CALLS[call](an_order_that_is(status)).changed_at == NOW


@pytest.mark.parametrize(("status", "call"), LEGAL)
def test_a_clock_that_went_back_dates_no_step_before_the_last(
    status: OrderStatus, call: str
) -> None:
    last = NOW + timedelta(days=1)

    after = CALLS[call](an_order_that_is(status)._replace(changed_at=last))

    assert after.changed_at == last


@pytest.mark.parametrize(("status", "call"), LEGAL)
def test_no_step_changes_what_was_ordered_or_the_order_before_it(
    status: OrderStatus, call: str
) -> None:
    before = an_order_that_is(status)

    after = CALLS[call](before)

    assert before == an_order_that_is(status)
    assert what_was_ordered(after) == what_was_ordered(before)


def test_an_order_cannot_be_changed_in_place() -> None:
    order = an_order()

    with pytest.raises(AttributeError):
        order.status = COMPLETED  # type: ignore[misc]  # what mypy forbids is what is tried
