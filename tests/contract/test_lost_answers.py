"""A commit whose answer is lost: the database is asked what became of it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL

from adapters.sql.batches import Fill
from adapters.sql.orders import Add
from adapters.sql.write_path.committer import Committed, InDoubt
from application.ports import KeptAnswer, Once, OutcomeUnknown
from domain.totals import Totals
from domain.transitions import OrderStatus
from tests.contract.conftest import empty_database
from tests.contract.databases import open_stores
from tests.contract.lossy import (
    MY_OWNER,
    Store,
    hold_one_due,
    on_server,
    on_sqlite,
    start_one_due,
    two_are_due,
)
from tests.harness.builders import LEASE, START, a_batch, an_order

OTHER_OWNER = "another"


@pytest.fixture(params=["sqlite", "postgresql", "mysql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        store = on_sqlite(tmp_path / "orders.db")
    else:
        store = on_server(empty_database(request, request.param))
    yield store
    store.stores.close()


def test_a_client_s_own_order_is_not_reported_as_taken(store: Store) -> None:
    store.lossy.lose_after = 1

    assert store.stores.orders.add([an_order("a"), an_order("b")]) == []

    assert store.stores.views.totals() == Totals(pending=2)
    assert [event.seq for event in store.stores.views.history("a")] == [1]


def test_an_order_that_was_not_stored_is_stored_then(store: Store) -> None:
    store.lossy.lose_before = 2

    assert store.stores.orders.add([an_order()]) == []

    assert store.stores.views.totals() == Totals(pending=1)


def test_a_start_that_happened_is_mine(store: Store) -> None:
    order = an_order()
    store.stores.orders.add([order])
    store.lossy.lose_after = 1

    assert store.stores.orders.update([order.start(START, LEASE, MY_OWNER)]) == [True]

    assert store.stores.views.totals() == Totals(processing=1)


@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_whole_life_in_one_call_happens_once(store: Store, lost: str) -> None:
    order = an_order()
    started = order.start(START, LEASE, MY_OWNER)
    ended = started.new.complete(START + timedelta(seconds=1))
    store.stores.orders.add([order])
    setattr(store.lossy, f"lose_{lost}", 1)

    assert store.stores.orders.update([started, ended]) == [True, True]

    assert store.stores.orders.get(order.order_id) == ended.new
    assert [event.seq for event in store.stores.views.history(order.order_id)] == [1, 2, 3]


@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_batch_that_was_claimed_is_mine(store: Store, lost: str) -> None:
    setattr(store.lossy, f"lose_{lost}", 1)

    assert store.stores.batches.claim(a_batch()) == a_batch()
    later = a_batch(now=START + timedelta(seconds=1))
    assert store.stores.batches.claim(later) == a_batch()


@pytest.mark.parametrize("lost", ["before", "after"])
@pytest.mark.parametrize("taken", [[], ["o"]])
def test_a_batch_is_filled_once(store: Store, lost: str, taken: list[str]) -> None:
    store.stores.orders.add([an_order(order_id) for order_id in taken])
    batch = store.stores.batches.claim(a_batch())
    setattr(store.lossy, f"lose_{lost}", 1)

    assert store.stores.batches.fill(batch, [an_order("o")]) == taken

    assert store.stores.batches.claim(batch) == batch.filled(entries=1, taken=len(taken))
    assert store.stores.views.totals() == Totals(pending=1)


@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_lost_answer_is_no_reason_to_take_a_key_for_used(store: Store, lost: str) -> None:
    once = Once("a" * 64, "f" * 64, START, str)
    setattr(store.lossy, f"lose_{lost}", 1)

    assert store.stores.orders.add([an_order()], once) == []

    assert store.stores.answers.find(once.key) == KeptAnswer(once.fingerprint, "[]")
    assert store.stores.views.totals() == Totals(pending=1)


def test_a_batch_that_another_run_filled_meanwhile_stands_for_no_other_call(store: Store) -> None:
    """They share a transaction whose commit did not happen, and whose answer was lost."""
    batch = store.stores.batches.claim(a_batch(total_entries=1))
    other = open_stores(store.url)
    later = an_order("sim", now=START + timedelta(seconds=1))
    store.lossy.lose_before = 1
    store.lossy.meanwhile = lambda: other.batches.fill(batch, [later])

    outcome = store.committer.commit([Fill(batch, [an_order("sim")]), Add([an_order("beside")])])

    assert outcome == Committed([None, []])
    assert store.stores.orders.get("sim") == later
    assert store.stores.orders.get("beside") == an_order("beside")
    other.close()


def test_a_commit_in_doubt_stays_so_when_the_database_goes_away(store: Store) -> None:
    store.lossy.lose_before, store.lossy.refuses_from = 1, 3  # after the try, and the question

    outcome = store.committer.commit([Add([an_order()])])

    assert isinstance(outcome, InDoubt)
    assert "refused" in str(outcome.error)


@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_heartbeat_is_simply_repeated(store: Store, lost: str) -> None:
    order = an_order()
    store.stores.orders.add([order])
    setattr(store.lossy, f"lose_{lost}", 1)

    assert store.stores.orders.reschedule([order], START + LEASE) == [True]

    assert store.stores.orders.get(order.order_id) == order._replace(due_at=START + LEASE)


@pytest.mark.parametrize("claim", [start_one_due, hold_one_due])
@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_claim_of_due_orders_happens_once(
    store: Store, claim: Callable[[Store], list[str]], lost: str
) -> None:
    two_are_due(store)
    setattr(store.lossy, f"lose_{lost}", 1)

    assert claim(store) == ["due-2"]

    assert claim(store) == ["due-1"]


@pytest.mark.parametrize("lost", ["before", "after"])
def test_deadlines_that_were_not_moved_by_a_call_do_not_stand_for_its_commit(
    store: Store, lost: str
) -> None:
    two_are_due(store)
    orders = store.stores.orders.get_many(["due-2", "due-1"])
    (as_it_was,) = (order.due_at for order in orders if order.order_id == "due-1")
    assert as_it_was is not None
    setattr(store.lossy, f"lose_{lost}", 1)

    assert store.stores.orders.reschedule(orders, as_it_was) == [True, True]

    moved = store.stores.orders.get("due-2")
    assert moved is not None
    assert moved.due_at == as_it_was


def test_a_start_of_another_at_the_same_moment_is_not_mine(server: URL) -> None:
    store, second = on_server(server), on_server(server)
    order = an_order()
    store.stores.orders.add([order])
    theirs = order.start(START, LEASE, OTHER_OWNER)
    store.lossy.lose_before = 1
    store.lossy.meanwhile = lambda: second.stores.orders.update([theirs])

    assert store.stores.orders.update([order.start(START, LEASE, MY_OWNER)]) == [False]

    assert store.stores.orders.get(order.order_id) == theirs.new
    store.stores.close()
    second.stores.close()


def test_what_cannot_be_found_out_in_time_is_said_to_be_in_doubt(tmp_path: Path) -> None:
    store = on_sqlite(tmp_path / "orders.db", doubt_seconds=0.05)
    store.lossy.lose_after = 1000

    with pytest.raises(OutcomeUnknown, match="connection reset"):
        store.stores.orders.add([an_order()])

    store.lossy.lose_after = 0
    stored = store.stores.orders.get("ORD003")
    assert stored is not None
    assert stored.status is OrderStatus.PENDING
    store.stores.close()
