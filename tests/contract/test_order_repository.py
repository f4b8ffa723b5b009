"""OrderRepository: what is stored, read and refused."""

from datetime import timedelta
from decimal import Decimal

import pytest

from domain.change import Change
from domain.order import Order
from domain.totals import Totals
from domain.transitions import EventKind, OrderStatus
from tests.contract.databases import Stores
from tests.harness.builders import LEASE, START, a_batch, an_order

MOMENT = timedelta(microseconds=1)


def every_kind_of_order() -> list[Order]:
    """One order in each state, with every optional field set in one of them."""
    largest = an_order(
        "largest",
        user_id=2**53 - 1,
        item_ids=tuple(range(2**53 - 1000, 2**53)),
        total_amount=Decimal("9999999999.99"),
    )
    started = an_order("started").start(START + MOMENT, LEASE, "owner-1").new
    failed_once = started.fail(START + LEASE, "it broke — ça va?", timedelta(seconds=3)).new
    return [
        largest,
        an_order("free", total_amount=Decimal(0), item_ids=(0,), user_id=0),
        started,
        failed_once,
        started.expire(START + LEASE, timedelta(0)).new,
        failed_once.start(START + LEASE, LEASE, "owner-2").new.complete(START + 2 * LEASE).new,
        started.fail(START, "no", None).new,
        an_order("gone").cancel(START).new,
    ]


@pytest.mark.parametrize("order", every_kind_of_order())
def test_every_field_comes_back_as_it_was_stored(stores: Stores, order: Order) -> None:
    original = an_order(
        order.order_id,
        user_id=order.user_id,
        item_ids=order.item_ids,
        total_amount=order.total_amount,
    )
    stores.orders.add([original])
    if order != original:
        event = original.creation()._replace(seq=order.seq)
        assert stores.orders.update([Change(original, order, event)]) == [True]

    assert stores.orders.get(order.order_id) == order


def test_an_unknown_order_is_none(stores: Stores) -> None:
    assert stores.orders.get("nobody") is None
    assert stores.views.history("nobody") == []


def test_ids_that_differ_in_case_are_two_orders(stores: Stores) -> None:
    assert stores.orders.add([an_order("a"), an_order("A")]) == []


def test_a_taken_id_is_returned_and_the_stored_order_stays(stores: Stores) -> None:
    stores.orders.add([an_order("A", user_id=1)])

    taken = stores.orders.add([an_order("B"), an_order("A", user_id=2), an_order("C")])

    assert taken == ["A"]
    stored = stores.orders.get("A")
    assert stored is not None
    assert stored.user_id == 1
    assert stores.views.totals() == Totals(pending=3)


def test_an_id_twice_in_one_call_is_stored_once(stores: Stores) -> None:
    taken = stores.orders.add([an_order("A", user_id=1), an_order("A", user_id=2)])

    assert taken == ["A"]
    stored = stores.orders.get("A")
    assert stored is not None
    assert stored.user_id == 1
    assert [event.kind for event in stores.views.history("A")] == [EventKind.CREATED]


def test_adding_nothing_changes_nothing(stores: Stores) -> None:
    assert stores.orders.add([]) == []
    assert stores.orders.update([]) == []
    assert stores.orders.reschedule([], START) == []
    assert stores.views.totals() == Totals()


def test_a_stale_attempt_changes_nothing(stores: Stores) -> None:
    order = an_order()
    stores.orders.add([order])
    first = order.start(START, LEASE, "first")
    given_back = first.new.expire(START + LEASE, timedelta(0))
    second = given_back.new.start(START + LEASE, LEASE, "second")
    stores.orders.update([first])
    stores.orders.update([given_back])
    stores.orders.update([second])
    before = (stores.orders.get("ORD003"), stores.views.history("ORD003"), stores.views.totals())

    done = stores.orders.update([first.new.complete(START + LEASE)])

    assert done == [False]
    assert before == (
        stores.orders.get("ORD003"),
        stores.views.history("ORD003"),
        stores.views.totals(),
    )


def test_a_stale_or_repeated_hint_starts_nothing(stores: Stores) -> None:
    order = an_order()
    stores.orders.add([order])
    started = order.start(START, LEASE, "me")
    waiting = started.new.fail(START, "busy", timedelta(seconds=30))
    stores.orders.update([started])
    stores.orders.update([waiting])

    done = stores.orders.update([order.start(START, LEASE, "again")])

    assert done == [False]
    assert stores.orders.get("ORD003") == waiting.new


def test_a_change_of_an_unknown_order_is_refused(stores: Stores) -> None:
    order = an_order()

    assert stores.orders.update([order.cancel(START)]) == [False]
    assert stores.orders.reschedule([order], START) == [False]
    assert stores.views.totals() == Totals()


def test_each_change_sees_those_before_it_in_the_call(stores: Stores) -> None:
    order = an_order()
    stores.orders.add([order])
    mine = order.start(START, LEASE, "mine")
    yours = order.start(START, LEASE, "yours")

    done = stores.orders.update([mine, yours, mine.new.complete(START)])

    assert done == [True, False, True]
    stored = stores.orders.get("ORD003")
    assert stored is not None
    assert stored.status is OrderStatus.COMPLETED
    assert [event.seq for event in stores.views.history("ORD003")] == [1, 2, 3]


def test_a_refused_change_does_not_hold_up_the_others(stores: Stores) -> None:
    kept, gone = an_order("kept"), an_order("gone")
    stores.orders.add([kept])

    done = stores.orders.update([gone.cancel(START), kept.cancel(START)])

    assert done == [False, True]
    assert stores.views.totals() == Totals(cancelled=1)


def test_the_history_has_each_change_in_order(stores: Stores) -> None:
    order = an_order()
    stores.orders.add([order])
    started = order.start(START + MOMENT, LEASE, "me")
    failed = started.new.fail(START + LEASE, "no such item", None)
    stores.orders.update([started])
    stores.orders.update([failed])

    history = stores.views.history("ORD003")

    assert [(event.seq, event.kind, event.status, event.attempt) for event in history] == [
        (1, EventKind.CREATED, OrderStatus.PENDING, 0),
        (2, EventKind.STARTED, OrderStatus.PROCESSING, 1),
        (3, EventKind.FAILED, OrderStatus.FAILED, 1),
    ]
    assert [event.at for event in history] == [START, START + MOMENT, START + LEASE]
    assert history[-1].reason == "no such item"


def test_a_batch_id_is_claimed_once(stores: Stores) -> None:
    batch = a_batch("nightly", 3)

    assert stores.batches.claim(batch) == batch
    assert stores.batches.claim(a_batch("nightly", 4, now=START + MOMENT)) == batch
    assert stores.batches.claim(a_batch("Nightly", 4)) == a_batch("Nightly", 4)


def test_a_batch_is_filled_step_by_step_and_knows_how_far_it_is(
    stores: Stores,
) -> None:
    stores.orders.add([an_order("b")])
    batch = stores.batches.claim(a_batch(total_entries=3))

    assert stores.batches.fill(batch, [an_order("a"), an_order("b")]) == ["b"]

    filled = batch.filled(entries=2, taken=1)
    assert stores.batches.claim(batch) == filled
    assert stores.batches.fill(filled, [an_order("c")]) == []
    assert stores.batches.claim(batch).is_finished
    assert stores.views.totals() == Totals(pending=3)
    assert [event.kind for event in stores.views.history("c")] == [EventKind.CREATED]


def test_a_batch_that_somebody_else_filled_meanwhile_is_left_alone(
    stores: Stores,
) -> None:
    batch = stores.batches.claim(a_batch())
    stores.batches.fill(batch, [an_order("a")])

    assert stores.batches.fill(batch, [an_order("b")]) is None
    assert stores.batches.fill(a_batch("unknown"), [an_order("b")]) is None

    assert stores.orders.get("b") is None


def test_a_snapshot_has_the_ids_of_each_status(stores: Stores) -> None:
    a, b, c = an_order("a"), an_order("b"), an_order("c")
    stores.orders.add([a, b, c])
    stores.orders.update([b.start(START, LEASE, "me")])

    with stores.views.snapshot() as snapshot:
        totals = snapshot.totals()
        ids = {status: sorted(snapshot.order_ids(status)) for status in OrderStatus}

    assert totals == Totals(pending=2, processing=1)
    assert ids[OrderStatus.PENDING] == ["a", "c"]
    assert ids[OrderStatus.PROCESSING] == ["b"]
    assert ids[OrderStatus.COMPLETED] == []
