"""OrderRepository: many threads, and histories made at random."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise

from domain.change import Change
from domain.errors import IllegalTransition
from domain.order import Order
from domain.totals import Totals
from domain.transitions import EventKind, OrderStatus
from tests.contract.databases import Stores
from tests.harness.builders import LEASE, START, an_order, leads

STEPS: list[Callable[[Order], Change]] = [
    lambda order: order.start(START, LEASE, "me"),
    lambda order: order.complete(START + timedelta(seconds=order.attempt)),
    lambda order: order.fail(START, "no", None),
    lambda order: order.fail(START, "no", timedelta(0)),
    lambda order: order.expire(START, timedelta(0)),
    lambda order: order.release(START),
    lambda order: order.cancel(START),
    lambda order: order.retry(START),
    lambda order: order.park(START, START + LEASE),
    lambda order: order.hold(START),
    lambda order: order.unhold(START),
]


def test_twenty_threads_claim_one_order_and_one_wins(stores: Stores) -> None:
    order = an_order()
    stores.orders.add([order])
    barrier = threading.Barrier(20)

    def claim(number: int) -> bool:
        barrier.wait()
        return stores.orders.update([order.start(START, LEASE, f"worker-{number}")])[0]

    with ThreadPoolExecutor(20) as pool:
        wins = list(pool.map(claim, range(20)))

    assert Counter(wins) == {True: 1, False: 19}
    stored = stores.orders.get("ORD003")
    assert stored is not None
    assert stored.owner == f"worker-{wins.index(True)}"
    assert stores.views.totals() == Totals(processing=1)


def test_twenty_threads_create_one_id_and_one_wins(stores: Stores) -> None:
    barrier = threading.Barrier(20)

    def create(number: int) -> list[str]:
        barrier.wait()
        return stores.orders.add([an_order("same", user_id=number), an_order(f"own-{number}")])

    with ThreadPoolExecutor(20) as pool:
        taken = list(pool.map(create, range(20)))

    assert taken.count([]) == 1
    assert taken.count(["same"]) == 19
    assert stores.views.totals() == Totals(pending=21)


def test_counters_and_histories_agree_with_the_rows_after_a_random_history(
    stores: Stores,
) -> None:
    ids = [f"o{number}" for number in range(8)]
    stores.orders.add([an_order(order_id) for order_id in ids])

    def change_at_random(seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(60):
            order = stores.orders.get(rng.choice(ids))
            assert order is not None
            step = rng.choice(STEPS)
            with suppress(IllegalTransition):  # as most random steps are; they change nothing
                stores.orders.update([step(order)])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(change_at_random, range(8)))

    rows = [row for order_id in ids if (row := stores.orders.get(order_id)) is not None]
    assert stores.views.totals() == Totals.of((None, row) for row in rows)
    for row in rows:
        history = stores.views.history(row.order_id)
        assert [event.seq for event in history] == list(range(1, row.seq + 1))
        assert history[-1].status is row.status
        statuses = [event.status for event in history]
        assert all(leads(before, after) for before, after in pairwise(statuses))
        assert [event.kind for event in history].count(EventKind.COMPLETED) <= 1


def test_totals_in_a_snapshot_equal_its_ids_while_others_write(stores: Stores) -> None:
    stores.orders.add([an_order(f"old{number}") for number in range(50)])
    stop = threading.Event()

    def write() -> None:
        for number in range(1_000):
            if stop.is_set():
                return
            stores.orders.add([an_order(f"new{number}")])

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        for _ in range(20):
            with stores.views.snapshot() as snapshot:
                counted = snapshot.totals().pending
                listed = sum(1 for _ in snapshot.order_ids(OrderStatus.PENDING))
            assert listed == counted
        stop.set()
        writing.result()
