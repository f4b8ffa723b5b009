"""A line of one user's orders, which start as soon as the user's limits let them."""

from datetime import timedelta

import pytest

from adapters.memory.stores import InMemoryStores
from domain.change import Change
from domain.limits import NO_LIMITS, Limits
from domain.order import Order
from tests.harness.builders import LEASE, START, an_order

LOOK = timedelta(seconds=0.1)  # from one to the next
IN_ALL = 10_000


def seconds_for(limits: Limits, orders: int, each_seconds: float) -> float:
    """From the first start of a line that came at one moment to the last."""
    stores = InMemoryStores()
    stores.flow.change(lambda flow: flow.limit(NO_LIMITS, limits))
    stores.orders.add([an_order(f"o{number:03}") for number in range(orders)])
    running: list[Order] = []
    now, started = START, 0

    def start(order: Order) -> Change:
        return order.start(now, LEASE, "me")

    for look in range(IN_ALL):
        now = START + look * LOOK
        ended = [
            order for order in running if now >= order.changed_at + timedelta(seconds=each_seconds)
        ]
        running = [order for order in running if order not in ended]
        _, new = stores.orders.start_due(
            [order.complete(now) for order in ended],
            start,
            now=now,
            horizon=now + LEASE,
            limit=100,
            within_flow=True,
        )
        running += new
        started += len(new)
        if started == orders:
            return (now - START).total_seconds()
    raise AssertionError(f"only {started} have started")


@pytest.mark.parametrize("each_seconds", [0.1, 0.5, 5])
@pytest.mark.parametrize("at_once", [1, 3])
def test_the_next_one_starts_when_one_ends(at_once: int, each_seconds: float) -> None:
    least = 29 // at_once * each_seconds

    assert seconds_for(Limits(at_once=at_once), 30, each_seconds) <= 1.2 * least + 0.5


@pytest.mark.parametrize("rate", [0.5, 2, 10])
def test_the_next_one_starts_when_the_rate_lets_it(rate: float) -> None:
    least = 29 / rate

    assert least - 1.5 <= seconds_for(Limits(rate_per_second=rate), 30, 0) <= 1.05 * least + 0.2
