"""A commit that a server is still busy with when its answer is lost: it is not done twice."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import URL

from adapters.sql.databases.kind import Patience
from adapters.sql.databases.transactions import CommitInDoubt
from domain.totals import Totals
from tests.contract.lossy import (
    MY_OWNER,
    Store,
    hold_one_due,
    on_server,
    start_one_due,
    two_are_due,
)
from tests.harness.builders import LEASE, START, a_batch, an_order


@pytest.fixture
def late(server: URL) -> Iterator[Store]:
    """A store on a server, which is still busy with the next commit when it is asked about it."""
    store = on_server(server)
    yield store
    assert store.lossy.late is not None
    store.lossy.late.join()
    store.stores.close()


def test_a_client_s_own_order_that_was_committed_late_is_not_reported_as_taken(late: Store) -> None:
    late.lossy.commits_late = True

    assert late.stores.orders.add([an_order("a"), an_order("b")]) == []

    assert late.stores.views.totals() == Totals(pending=2)
    assert [event.seq for event in late.stores.views.history("a")] == [1]


def test_a_start_that_was_committed_late_is_mine(late: Store) -> None:
    order = an_order()
    late.stores.orders.add([order])
    late.lossy.commits_late = True

    assert late.stores.orders.update([order.start(START, LEASE, MY_OWNER)]) == [True]

    assert late.stores.views.totals() == Totals(processing=1)
    assert [event.seq for event in late.stores.views.history(order.order_id)] == [1, 2]


@pytest.mark.parametrize("claim", [start_one_due, hold_one_due])
def test_a_claim_of_due_orders_that_was_committed_late_takes_no_others(
    late: Store, claim: Callable[[Store], list[str]]
) -> None:
    two_are_due(late)
    late.lossy.commits_late = True

    assert claim(late) == ["due-2"]

    assert claim(late) == ["due-1"]


def test_a_batch_whose_claim_was_committed_late_is_mine(late: Store) -> None:
    late.lossy.commits_late = True

    assert late.stores.batches.claim(a_batch()) == a_batch()


def test_a_batch_that_was_filled_late_is_ours(late: Store) -> None:
    batch = late.stores.batches.claim(a_batch())
    late.lossy.commits_late = True

    assert late.stores.batches.fill(batch, [an_order("o")]) == []

    assert late.stores.batches.claim(batch) == batch.filled(entries=1, taken=0)


SHORT_WAIT = Patience(connect=1, answer=10, silence=3)


def test_a_commit_may_be_later_than_others_wait_for_its_locks(server: URL) -> None:
    store = on_server(server, SHORT_WAIT)
    store.lossy.commits_late, store.lossy.late_by_seconds = True, 2.5

    assert store.stores.orders.add([an_order("a"), an_order("b")]) == []

    assert store.stores.views.totals() == Totals(pending=2)
    store.stores.close()


def test_an_order_whose_commit_takes_too_long_is_in_doubt_and_not_taken(
    server: URL,
) -> None:
    store = on_server(server, SHORT_WAIT, tries=2)
    store.lossy.commits_late, store.lossy.late_by_seconds = True, 4

    with pytest.raises(CommitInDoubt):
        store.stores.orders.add([an_order("a")])

    assert store.lossy.late is not None
    store.lossy.late.join()
    store.stores.close()
