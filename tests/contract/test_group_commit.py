"""Group commit: calls that share a transaction still fail, win and lose each on its own."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from adapters.sql.databases.transactions import Transactions
from adapters.sql.write_path.group_commit import ORDERS_IN_A_GROUP
from application.ports import OrderRepository, OutcomeUnknown, RepositoryUnavailable
from domain.order import Order
from domain.totals import Totals
from domain.transitions import OrderStatus
from tests.contract.databases import (
    migrated_file,
    open_engine,
    open_stores,
    stores_with,
    transactions_on,
)
from tests.harness.builders import LEASE, START, a_batch, an_order

LIMIT_SECONDS = 60.0


class Gate:
    """Holds up the first transaction until it is opened, so that calls pile up behind it."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self.reached = threading.Event()
        self.opened = threading.Event()
        self.count = 0
        self.pauses: deque[BaseException] = deque()  # to be raised after a commit

    @contextmanager
    def begin(self) -> Iterator[Any]:
        self.reached.set()
        assert self.opened.wait(LIMIT_SECONDS)
        self.count += 1
        with self._transactions.begin() as cursor:
            yield cursor

    def may_try_again(self, error: Exception) -> bool:
        return self._transactions.may_try_again(error)

    def give_way(self) -> None:
        if self.pauses:
            raise self.pauses.popleft()

    def close(self) -> None:
        self._transactions.close()


class Group:
    """Stores, and a way to have calls share one transaction."""

    def __init__(self, engine: Engine, answer_seconds: float = LIMIT_SECONDS) -> None:
        self.gate = Gate(transactions_on(engine))
        self.stores, self.writer = stores_with(engine, self.gate, answer_seconds=answer_seconds)
        self._pool = ThreadPoolExecutor(50)

    def run(self, *calls: Callable[[], Any]) -> list[Future[Any]]:
        """The outcome of each call; all but an opening one have shared a transaction."""
        opening = self._pool.submit(self.stores.batches.claim, a_batch("opening"))
        assert self.gate.reached.wait(LIMIT_SECONDS)
        outcomes = []
        for number, call in enumerate(calls, start=1):
            outcomes.append(self._pool.submit(call))
            while self.writer.waiting < number:  # so that they come in this order
                threading.Event().wait(0.001)
        self.gate.opened.set()
        opening.result(LIMIT_SECONDS)
        for outcome in outcomes:
            outcome.exception(LIMIT_SECONDS)
        return outcomes

    def close(self) -> None:
        self._pool.shutdown()
        self.stores.close()


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_engine(migrated_file(tmp_path / "o.db"))


@pytest.fixture
def group(engine: Engine) -> Iterator[Group]:
    group = Group(engine)
    yield group
    group.close()


@pytest.fixture
def hurried(engine: Engine) -> Iterator[Group]:
    """Stores whose callers wait for a moment only."""
    group = Group(engine, answer_seconds=0.05)
    yield group
    group.close()


def test_calls_that_wait_share_one_transaction(group: Group) -> None:
    orders = [an_order(f"o{number}") for number in range(30)]

    outcomes = group.run(
        *(lambda order=order: group.stores.orders.add([order]) for order in orders)
    )

    assert [outcome.result() for outcome in outcomes] == [[]] * 30
    assert group.gate.count == 2  # the opening one, and one for all the others
    assert group.stores.views.totals() == Totals(pending=30)


def start_due(orders: OrderRepository, limit: int) -> None:
    orders.start_due(
        [], lambda order: order.start(START, LEASE, "me"), now=START, horizon=START, limit=limit
    )


def hold_due(orders: OrderRepository, limit: int) -> None:
    orders.hold_due(START + LEASE, now=START, horizon=START, limit=limit)


@pytest.mark.parametrize("claim", [start_due, hold_due])
def test_a_claim_counts_as_many_orders_as_it_may_take(
    group: Group, claim: Callable[[OrderRepository, int], None]
) -> None:
    orders = group.stores.orders

    group.run(
        lambda: claim(orders, ORDERS_IN_A_GROUP - 1),
        lambda: claim(orders, 1),
        lambda: orders.add([an_order()]),
    )

    assert group.gate.count == 3  # the opening one, both claims, and what no longer fits


def test_a_failing_call_inside_a_group_fails_alone(group: Group) -> None:
    too_large = an_order("bad")._replace(user_id=2**70)

    good, bad, also_good = group.run(
        lambda: group.stores.orders.add([an_order("good")]),
        lambda: group.stores.orders.add([an_order("beside-it"), too_large]),
        lambda: group.stores.orders.add([an_order("also-good")]),
    )

    assert isinstance(bad.exception(), OverflowError)
    assert (good.result(), also_good.result()) == ([], [])
    assert group.stores.orders.get("beside-it") is None  # the call is all or nothing
    assert group.stores.views.totals() == Totals(pending=2)


def test_two_claims_of_one_order_in_one_group_have_one_winner(group: Group) -> None:
    order = an_order()
    mine, yours = order.start(START, LEASE, "mine"), order.start(START, LEASE, "yours")

    _, first, second = group.run(
        lambda: group.stores.orders.add([order]),
        lambda: group.stores.orders.update([mine]),
        lambda: group.stores.orders.update([yours]),
    )

    assert (first.result(), second.result()) == ([True], [False])
    assert group.stores.orders.get("ORD003") == mine.new


def test_two_claims_of_due_orders_in_one_group_take_as_many_as_each_may(
    engine: Engine, group: Group
) -> None:
    with closing(open_stores(engine.url)) as others:  # ours would wait at the gate
        others.orders.add([an_order(f"o{number}", due_at=START) for number in range(5)])

    def claim() -> list[Order]:
        _, started = group.stores.orders.start_due(
            [],
            lambda order: order.start(START, LEASE, "me"),
            now=START,
            horizon=START + LEASE,
            limit=2,
        )
        return started

    outcomes = group.run(claim, claim)

    assert [len(outcome.result()) for outcome in outcomes] == [2, 2]
    assert group.stores.views.totals() == Totals(pending=1, processing=4)


def test_one_id_created_twice_in_one_group_is_stored_once(group: Group) -> None:
    first, second = group.run(
        lambda: group.stores.orders.add([an_order("same", user_id=1)]),
        lambda: group.stores.orders.add([an_order("same", user_id=2)]),
    )

    assert (first.result(), second.result()) == ([], ["same"])
    stored = group.stores.orders.get("same")
    assert stored is not None
    assert stored.user_id == 1


def test_a_whole_life_in_one_group_is_recorded_in_full(group: Group) -> None:
    order = an_order()
    started = order.start(START, LEASE, "me")
    done = started.new.complete(START + LEASE)

    outcomes = group.run(
        lambda: group.stores.orders.add([order]),
        lambda: group.stores.orders.reschedule([order], START + LEASE),
        lambda: group.stores.orders.update([started]),
        lambda: group.stores.orders.reschedule([order], START + LEASE),  # its hint is old by now
        lambda: group.stores.orders.reschedule([started.new], START + 2 * LEASE),
        lambda: group.stores.orders.update([done]),
    )

    assert [outcome.result() for outcome in outcomes] == [
        [],
        [True],
        [True],
        [False],
        [True],
        [True],
    ]
    assert group.stores.orders.get("ORD003") == done.new
    statuses = [event.status for event in group.stores.views.history("ORD003")]
    assert statuses == [OrderStatus.PENDING, OrderStatus.PROCESSING, OrderStatus.COMPLETED]


def test_a_deadline_that_moves_after_a_change_in_the_group_is_the_one_stored(group: Group) -> None:
    order = an_order()
    started = order.start(START, LEASE, "me")

    group.run(
        lambda: group.stores.orders.add([order]),
        lambda: group.stores.orders.update([started]),
        lambda: group.stores.orders.reschedule([started.new], START + 2 * LEASE),
    )

    assert group.stores.orders.get("ORD003") == started.new._replace(due_at=START + 2 * LEASE)


def test_a_heartbeat_in_the_group_beats_an_expiry_behind_it(group: Group) -> None:
    order = an_order()
    started = order.start(START, LEASE, "me")
    expired = started.new.expire(START + LEASE, LEASE)

    _, _, beat, expiry = group.run(
        lambda: group.stores.orders.add([order]),
        lambda: group.stores.orders.update([started]),
        lambda: group.stores.orders.reschedule([started.new], START + 2 * LEASE),
        lambda: group.stores.orders.update([expired]),
    )

    assert (beat.result(), expiry.result()) == ([True], [False])


def test_a_closed_writer_takes_no_calls_and_answers_those_it_had(group: Group) -> None:
    (outcome,) = group.run(lambda: group.stores.orders.add([an_order()]))
    group.stores.close()

    assert outcome.result() == []
    with pytest.raises(RepositoryUnavailable, match="closed"):
        group.stores.orders.add([an_order("late")])


def test_a_caller_is_answered_in_time_and_told_whether_its_call_may_be_stored(
    hurried: Group,
) -> None:
    with pytest.raises(OutcomeUnknown, match=r"no answer from the database within 0\.05 s"):
        hurried.stores.orders.add([an_order("begun")])  # the gate holds it up
    with pytest.raises(RepositoryUnavailable, match=r"busy for 0\.05 s"):
        hurried.stores.orders.add([an_order("in-line")])

    hurried.gate.opened.set()
    while hurried.stores.orders.get("begun") is None:
        threading.Event().wait(0.001)

    assert hurried.stores.orders.add([an_order("next")]) == []
    assert hurried.stores.orders.get("in-line") is None  # what was withdrawn is never stored


def test_whatever_is_raised_in_the_writer_its_callers_are_answered_and_it_goes_on(
    group: Group,
) -> None:
    def not_a_call() -> Any:
        return group.writer.write("nonsense")  # type: ignore[arg-type]  # a mistake of ours

    group.gate.pauses.extend([SystemExit(1), MemoryError()])
    (outcome,) = group.run(lambda: group.stores.orders.add([an_order("a")]))

    assert outcome.result() == []
    with pytest.raises(OutcomeUnknown, match="AttributeError"):
        not_a_call()
    assert group.stores.orders.add([an_order("b")]) == []
