"""Orders on which every change that a transition makes can be seen."""

from datetime import timedelta

from domain.order import Order
from domain.transitions import OrderStatus
from tests.harness.builders import START, an_order

NOW = START + timedelta(minutes=5)
WAIT = timedelta(seconds=4)


def an_order_that_is(status: OrderStatus) -> Order:
    """An order in that status, with a past, so that what a transition forgets or resets shows."""
    held = status is OrderStatus.PROCESSING
    ended = status in {OrderStatus.COMPLETED, OrderStatus.FAILED, OrderStatus.CANCELLED}
    return an_order()._replace(
        status=status,
        seq=7,
        attempt=3,
        owner="worker-1" if held else None,
        failures=1,
        crashes=2,
        reason="a reason",
        changed_at=START + timedelta(minutes=1),
        due_at=None if ended else START + timedelta(minutes=2),
        processing_started_at=None
        if status is OrderStatus.PENDING
        else START + timedelta(minutes=1),
        ended_at=START + timedelta(minutes=1) if ended else None,
    )
