"""Clients and workers race for one order, on every database: exactly one wins."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from adapters.clock import ManualClock
from application.orders.cancel_order import CancelOrder
from application.orders.hold_order import HoldOrder
from application.orders.intervention import Intervene, Intervention
from application.orders.retry_order import RetryOrder
from domain.errors import IllegalTransition
from domain.totals import Totals
from domain.transitions import EventKind, OrderStatus
from tests.contract.databases import Stores
from tests.harness.builders import LEASE, START, an_order

ROUNDS = 10  # races
RACERS = 8  # threads in each, half of them workers


def run_races(stores: Stores, intervene: Callable[[Intervention], object]) -> Counter[str]:
    """How many of either side won in all."""
    stores.orders.add([an_order(f"o{number}") for number in range(ROUNDS)])
    wins: Counter[str] = Counter()

    def start(order_id: str) -> str:
        is_mine = stores.orders.update([an_order(order_id).start(START, LEASE, "me")])[0]
        return "worker" if is_mine else ""

    def ask(order_id: str) -> str:
        try:
            intervene(Intervention(order_id=order_id))
        except IllegalTransition:
            return ""
        return "client"

    with ThreadPoolExecutor(RACERS) as pool:
        for number in range(ROUNDS):
            order_id = f"o{number}"
            barrier = threading.Barrier(RACERS)

            def race(racer: int, order_id: str = order_id, at: threading.Barrier = barrier) -> str:
                at.wait()
                return start(order_id) if racer % 2 else ask(order_id)

            won = set(pool.map(race, range(RACERS))) - {""}
            assert len(won) == 1, won
            wins.update(won)
    return wins


def test_an_order_is_either_started_or_cancelled(stores: Stores) -> None:
    wins = run_races(stores, CancelOrder(Intervene(stores.orders, ManualClock())))

    assert stores.views.totals() == Totals(processing=wins["worker"], cancelled=wins["client"])


def test_an_order_is_either_started_or_held(stores: Stores) -> None:
    wins = run_races(stores, HoldOrder(Intervene(stores.orders, ManualClock())))

    held = [stores.orders.get(f"o{number}") for number in range(ROUNDS)]
    assert sum(order is not None and order.is_held for order in held) == wins["client"]


def test_a_failed_order_is_retried_once_however_many_ask(stores: Stores) -> None:
    start = an_order().start(START, LEASE, "me")
    stores.orders.add([an_order()])
    stores.orders.update([start, start.new.fail(START, "no stock", None)])
    retry = RetryOrder(Intervene(stores.orders, ManualClock()), stores.views, lambda: None)

    with ThreadPoolExecutor(RACERS) as pool:
        orders = list(pool.map(lambda _: retry(Intervention(order_id="ORD003")), range(RACERS)))

    assert {order.status for order in orders} == {OrderStatus.PENDING}
    kinds = [event.kind for event in stores.views.history("ORD003")]
    assert kinds.count(EventKind.RETRIED) == 1


@pytest.mark.parametrize("step", ["cancel", "hold"])
def test_who_acted_and_why_is_stored(stores: Stores, step: str) -> None:
    order = an_order()
    stores.orders.add([order])
    change = getattr(order, step)(START, reason="by phone")

    stores.orders.update([change])

    assert stores.views.history("ORD003")[-1] == change.event
    assert stores.orders.get("ORD003") == change.new
