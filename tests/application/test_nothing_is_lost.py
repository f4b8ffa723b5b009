"""After any disaster, once it is over, every order has come to its one end."""

from functools import reduce
from itertools import pairwise

import pytest

from domain.order import Order
from domain.totals import Totals
from domain.transitions import EventKind, OrderStatus
from tests.application.simulated_process import MAX_ATTEMPTS, MAX_CRASHES
from tests.application.simulation import Simulation
from tests.application.stories import CAP_SECONDS, LEASE_SECONDS, SWEEP_SECONDS
from tests.harness.builders import leads

SEEDS = range(60)
STEPS = 600
# A lease that a wrong clock set up to two leases ahead, one more until the sweepers trust the
# clock, the longest back-off, and two sweeps.
RECOVERY_SECONDS = 3 * LEASE_SECONDS + CAP_SECONDS + 2 * SWEEP_SECONDS


@pytest.fixture(scope="module", params=SEEDS)
def after(request: pytest.FixtureRequest) -> Simulation:
    """A simulation, when its faults have stopped and it has had time to recover."""
    simulation = Simulation(request.param)
    simulation.misbehave(STEPS)
    simulation.recover(RECOVERY_SECONDS)
    return simulation


def orders(simulation: Simulation) -> list[Order]:
    found = [simulation.repository.get(order_id) for order_id in simulation.accepted]
    return [order for order in found if order is not None]


def has_reason_to_fail(order: Order) -> bool:
    counts = order.failures >= MAX_ATTEMPTS, order.crashes >= MAX_CRASHES
    return any(counts) or order.reason == "never"


def test_every_accepted_order_exists(after: Simulation) -> None:
    assert [order.order_id for order in orders(after)] == after.accepted


def test_every_order_reaches_an_end(after: Simulation) -> None:
    assert [order for order in orders(after) if order.ended_at is None] == []


def test_no_order_is_completed_twice(after: Simulation) -> None:
    for order_id in after.accepted:
        kinds = [event.kind for event in after.views.history(order_id)]
        assert kinds.count(EventKind.COMPLETED) <= 1


def test_the_totals_are_a_recount(after: Simulation) -> None:
    assert after.views.totals() == Totals.of((None, order) for order in orders(after))


def test_every_status_is_the_fold_of_its_history(after: Simulation) -> None:
    def follow(status: OrderStatus, following: OrderStatus) -> OrderStatus:
        assert leads(status, following)
        return following

    for order in orders(after):
        history = [event.status for event in after.views.history(order.order_id)]
        assert reduce(follow, history) is order.status


def test_every_history_is_without_a_gap_and_never_goes_back(after: Simulation) -> None:
    for order in orders(after):
        history = after.views.history(order.order_id)
        assert [event.seq for event in history] == list(range(1, order.seq + 1))
        assert all(earlier.at <= later.at for earlier, later in pairwise(history))


def test_no_order_fails_before_its_bound(after: Simulation) -> None:
    for order in orders(after):
        if order.status is OrderStatus.FAILED:
            assert has_reason_to_fail(order)


def test_nothing_is_held_when_there_is_nothing_left_to_do(after: Simulation) -> None:
    assert after.held() == []
