"""Outage: a line when a database goes and one when it is back, however many calls meet it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.sql.outage import Outage
from adapters.sql.stores import SqlStores
from application.ports import RepositoryUnavailable
from domain.change import Change
from domain.order import Order
from tests.contract.databases import migrated_file, open_engine, stores_with, transactions_on
from tests.harness.builders import LEASE, START, a_batch, an_order


def test_an_outage_is_two_lines_and_a_count(caplog: pytest.LogCaptureFixture) -> None:
    outage = Outage("the database", calm_seconds=0)
    outage.succeeded()

    for _ in range(1_000):
        outage.failed(ConnectionError("refused\nby its host"))
    for _ in range(3):
        outage.succeeded()

    assert caplog.messages == [
        "the database cannot be used: refused",
        "the database can be used again, after 0 s and 1000 failed calls",
    ]


def test_one_that_comes_and_goes_is_one_outage(caplog: pytest.LogCaptureFixture) -> None:
    outage = Outage("the database", calm_seconds=3_600)

    for _ in range(10):
        outage.failed(ConnectionError("refused"))
        outage.succeeded()

    assert len(caplog.messages) == 1


def test_the_next_outage_is_reported_again(caplog: pytest.LogCaptureFixture) -> None:
    outage = Outage("the database", calm_seconds=0)

    for _ in range(2):
        outage.failed(ConnectionError("refused"))
        outage.succeeded()

    assert len(caplog.messages) == 4


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[SqlStores]:
    """Whose last call has failed; there is one order, due in a lease."""
    engine = open_engine(migrated_file(tmp_path / "orders.db"))
    stores, _ = stores_with(engine, transactions_on(engine))
    stores.orders.add([an_order(due_at=START + LEASE)])
    stores.batches.claim(a_batch())
    with pytest.raises(RepositoryUnavailable):
        start_due(stores, ahead=1, start=fail)
    yield stores
    stores.close()


def start(order: Order) -> Change:
    return order.start(START, LEASE, "me")


def fail(order: Order) -> Change:
    raise RepositoryUnavailable(f"disk full at {order.order_id}")


def start_due(stores: SqlStores, ahead: int, start: Callable[[Order], Change] = start) -> None:
    """At so many leases after START."""
    now = START + ahead * LEASE
    stores.orders.start_due([], start, now=now, horizon=now + LEASE, limit=9)


def hold_due(stores: SqlStores, ahead: int) -> None:
    """At so many leases after START."""
    now = START + ahead * LEASE
    stores.orders.hold_due(now + LEASE, now=now, horizon=now + LEASE, limit=9)


@pytest.mark.parametrize(
    "write_nothing",
    [
        lambda stores: start_due(stores, ahead=0),
        lambda stores: hold_due(stores, ahead=0),
        lambda stores: stores.orders.add([an_order()]),
        lambda stores: stores.orders.update([start(an_order("nobody"))]),
        lambda stores: stores.orders.reschedule([an_order("nobody")], START),
        lambda stores: stores.batches.claim(a_batch()),
    ],
    ids=["start_due", "hold_due", "add", "update", "reschedule", "claim"],
)
def test_a_call_that_had_nothing_to_write_does_not_say_that_the_database_is_back(
    stores: SqlStores, caplog: pytest.LogCaptureFixture, write_nothing: Callable[[SqlStores], None]
) -> None:
    """With a full disk such a call succeeds."""
    write_nothing(stores)

    assert caplog.messages == []


@pytest.mark.parametrize(
    "write",
    [
        lambda stores: start_due(stores, ahead=1),
        lambda stores: hold_due(stores, ahead=1),
        lambda stores: stores.orders.add([an_order("another")]),
        lambda stores: stores.orders.update([start(an_order())]),
        lambda stores: stores.orders.reschedule([an_order()], START),
        lambda stores: stores.orders.probe(START),
        lambda stores: stores.batches.claim(a_batch("another")),
        lambda stores: stores.batches.fill(a_batch(), [an_order()]),
        lambda stores: stores.feed.events_after(0, 10),
    ],
    ids=["start_due", "hold_due", "add", "update", "reschedule", "probe", "claim", "fill", "feed"],
)
def test_a_call_that_wrote_says_that_the_database_is_back(
    stores: SqlStores, caplog: pytest.LogCaptureFixture, write: Callable[[SqlStores], None]
) -> None:
    write(stores)

    assert [message.partition(",")[0] for message in caplog.messages] == [
        "the database can be used again"
    ]
