"""A callback and the sweeper race for a parked order at its deadline, on every database."""

import threading
from concurrent.futures import ThreadPoolExecutor

from adapters.clock import ManualClock
from application.orders.intervention import Intervene
from application.orders.report_result import ReportResult, Result
from domain.errors import IllegalTransition
from domain.order import Order
from domain.retry_policy import RetryPolicy
from domain.transitions import EventKind
from tests.contract.databases import Stores
from tests.harness.builders import LEASE, START, an_order

ROUNDS = 10
RACERS = 8  # half of them call back


def parked(stores: Stores, order_id: str) -> Order:
    waiting = an_order(order_id)
    started = waiting.start(START, LEASE, "me")
    change = started.new.park(START, START + LEASE)
    stores.orders.add([waiting])
    stores.orders.update([started, change])
    return change.new


def test_a_parked_order_is_stored_as_it_is(stores: Stores) -> None:
    order = parked(stores, "ORD003")

    assert stores.orders.get("ORD003") == order
    assert order.is_parked


def test_either_the_callback_counts_or_the_deadline_and_only_once(stores: Stores) -> None:
    report = ReportResult(Intervene(stores.orders, ManualClock()), RetryPolicy())

    def call_back(order: Order) -> bool:
        try:
            report(Result(order_id=order.order_id, attempt=1, is_completed=True))
        except IllegalTransition:
            return False
        return True

    def miss_deadline(order: Order) -> bool:
        failed = order.fail(START, "no callback in time", LEASE)
        return stores.orders.update([failed._replace(if_due_at_unchanged=True)])[0]

    with ThreadPoolExecutor(RACERS) as pool:
        for number in range(ROUNDS):
            order = parked(stores, f"o{number}")
            barrier = threading.Barrier(RACERS)

            def race(racer: int, order: Order = order, at: threading.Barrier = barrier) -> bool:
                at.wait()
                return call_back(order) if racer % 2 else miss_deadline(order)

            won = list(pool.map(race, range(RACERS)))

            last = [event.kind for event in stores.views.history(order.order_id)][3:]
            if any(won[::2]):
                assert last == [EventKind.ATTEMPT_FAILED]
                assert won[::2].count(True) == 1
                assert not any(won[1::2])
            else:
                assert last == [EventKind.COMPLETED]
                assert all(won[1::2])  # safe to repeat
