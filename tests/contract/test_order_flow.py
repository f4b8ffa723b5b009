"""OrderFlow, and starts that obey it, on every database."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import URL

from application.ports import KeptAnswer, KeyUsed, Once
from domain.change import Change
from domain.events import Actor, Role
from domain.flow import Flow
from domain.limits import Limits
from domain.order import Order
from domain.transitions import OrderStatus
from tests.contract.databases import Stores, open_stores
from tests.harness.builders import LEASE, START, an_order

SECOND = timedelta(seconds=1)
ALICE = Actor(Role.OPERATOR, "alice")


def start(order: Order) -> Change:
    return order.start(START, LEASE, "me")


def wait_in(stores: Stores, number: int) -> None:
    stores.orders.add([an_order(f"o{n:03}", due_at=START - n * SECOND) for n in range(number)])


def start_due(stores: Stores, *changes: Change, limit: int = 10, ahead: float = 0) -> list[Order]:
    """Start within the flow, so many seconds after START."""
    now = START + ahead * SECOND
    _, started = stores.orders.start_due(
        changes, start, now=now, horizon=now + 100 * LEASE, limit=limit, within_flow=True
    )
    return started


def limit(stores: Stores, rate: float | None = None, at_once: int | None = None) -> None:
    stores.flow.change(lambda flow: flow.limit(Limits(rate_per_second=rate, at_once=at_once)))


def test_at_first_the_flow_is_unrestricted(stores: Stores) -> None:
    assert stores.flow.get() == Flow()


def test_what_a_change_returns_is_stored_in_every_field(stores: Stores) -> None:
    def step(flow: Flow) -> Flow:
        limited = flow.limit(
            Limits(rate_per_second=0.125, at_once=7), Limits(rate_per_second=2.5, at_once=3)
        ).pause(START, ALICE, "Inventur: Größe ✓")
        return limited.after_starts(3, START)

    changed = stores.flow.change(step)

    assert changed == stores.flow.get() == step(Flow())
    assert stores.flow.change(Flow.resume) == stores.flow.get() == step(Flow()).resume()


def test_a_step_that_raises_changes_nothing(stores: Stores) -> None:
    with pytest.raises(ValueError, match="at_once"):
        stores.flow.change(lambda _: (_ for _ in ()).throw(ValueError("at_once")))

    assert stores.flow.get() == Flow()


def test_changes_at_once_all_count(stores: Stores) -> None:
    stores.flow.change(lambda flow: flow.limit(Limits(at_once=1)))

    def raise_by_one(_: int) -> None:
        stores.flow.change(lambda flow: flow.limit(Limits(at_once=(flow.limits.at_once or 0) + 1)))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(raise_by_one, range(20)))

    assert stores.flow.get().limits.at_once == 21


def test_an_unrestricted_flow_lets_all_start(stores: Stores) -> None:
    wait_in(stores, 3)

    assert len(start_due(stores)) == 3
    assert stores.flow.get() == Flow()


def test_while_it_is_paused_nothing_starts_and_outcomes_are_stored(stores: Stores) -> None:
    wait_in(stores, 2)
    (running,) = start_due(stores, limit=1)
    stores.flow.change(lambda flow: flow.pause(START, ALICE, None))

    assert start_due(stores, running.complete(START)) == []

    assert (stores.views.totals().completed, stores.views.totals().pending) == (1, 1)
    stores.flow.change(Flow.resume)
    assert len(start_due(stores)) == 1


def test_the_longest_due_start_as_far_as_there_is_room(stores: Stores) -> None:
    wait_in(stores, 5)
    limit(stores, at_once=2)

    assert [order.order_id for order in start_due(stores)] == ["o004", "o003"]
    assert start_due(stores) == []
    assert stores.views.totals().processing == 2


def test_an_outcome_of_the_same_call_leaves_its_place_to_another(stores: Stores) -> None:
    wait_in(stores, 3)
    limit(stores, at_once=1)
    (running,) = start_due(stores)

    (then,) = start_due(stores, running.complete(START))

    assert then.order_id == "o001"
    assert stores.views.totals().processing == 1


def test_what_waits_for_room_is_still_found_when_there_is_some(stores: Stores) -> None:
    """Also where looks begin at a floor: fewer were found than were asked for, but not all."""
    wait_in(stores, 40)
    limit(stores, at_once=1)
    found = []
    (running,) = start_due(stores)
    for _ in range(39):
        found.append(running.order_id)
        (running,) = start_due(stores, running.complete(START))

    assert found == [f"o{n:03}" for n in range(39, 0, -1)]


def test_many_claim_at_once_and_no_more_are_processing_than_may_be(stores: Stores) -> None:
    wait_in(stores, 60)
    limit(stores, at_once=7)
    most: list[int] = []

    def claim(_: int) -> list[str]:
        done: list[str] = []
        for _ in range(10):
            started = start_due(stores, limit=3)
            most.append(stores.views.totals().processing)
            stores.orders.update([order.complete(START) for order in started])
            done += [order.order_id for order in started]
        return done

    with ThreadPoolExecutor(4) as pool:
        started = list(itertools.chain(*pool.map(claim, range(4))))

    assert max(most) <= 7
    assert len(started) == len(set(started)) > 0


def test_two_processes_share_one_limit(server: URL) -> None:
    one, other = open_stores(server), open_stores(server)
    wait_in(one, 200)
    limit(one, at_once=9)

    def claim(number: int) -> int:
        stores = (one, other)[number % 2]
        return sum(len(start_due(stores, limit=2)) for _ in range(10))

    with ThreadPoolExecutor(4) as pool:
        started = sum(pool.map(claim, range(4)))

    assert started == one.views.totals().processing == 9
    one.close()
    other.close()


def test_a_rate_is_kept_over_time_by_all_together(stores: Stores) -> None:
    wait_in(stores, 100)
    limit(stores, rate=5)
    started = [len(start_due(stores, limit=4, ahead=tenth / 10)) for tenth in range(101)]

    assert 5 * 10 - 1 <= sum(started) <= 5 * 10 + 5
    assert all(sum(started[first : first + 10]) <= 2 * 5 for first in range(92))


def test_threads_that_claim_at_one_moment_share_its_rate(stores: Stores) -> None:
    wait_in(stores, 60)
    limit(stores, rate=11)

    with ThreadPoolExecutor(4) as pool:
        started = sum(pool.map(lambda _: len(start_due(stores, limit=2)), range(20)))

    assert started == 11


def test_starts_that_do_not_obey_the_flow_are_not_counted(stores: Stores) -> None:
    wait_in(stores, 3)
    limit(stores, rate=1, at_once=1)

    _, started = stores.orders.start_due([], start, now=START, horizon=START + 100 * LEASE, limit=3)

    assert len(started) == 3
    assert stores.flow.get() == Flow().limit(Limits(rate_per_second=1, at_once=1))


def test_parked_orders_are_in_processing_too(stores: Stores) -> None:
    wait_in(stores, 2)
    limit(stores, at_once=1)
    (running,) = start_due(stores)
    stores.orders.update([running.park(START, START + LEASE)])

    assert start_due(stores) == []
    stored = stores.orders.get("o000")
    assert stored is not None
    assert stored.status is OrderStatus.PENDING


def test_a_change_is_made_once_for_a_key(stores: Stores) -> None:
    once = Once("a" * 64, "f" * 64, START, lambda flow: f"paused {flow.is_paused}")
    stores.flow.change(lambda flow: flow.pause(START, ALICE, None), once)
    stores.flow.change(Flow.resume)

    with pytest.raises(KeyUsed):
        stores.flow.change(lambda flow: flow.pause(START, ALICE, None), once)

    assert not stores.flow.get().is_paused
    assert stores.answers.find(once.key) == KeptAnswer(once.fingerprint, "paused True")
