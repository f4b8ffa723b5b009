"""OrderFeed: one line of events, of which no follower ever misses one."""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL

from adapters.memory.stores import InMemoryStores
from adapters.sql.orders import Add
from adapters.sql.stores import SqlStores
from application.ports import FeedEntry
from tests.contract.conftest import empty_database
from tests.contract.databases import (
    Stores,
    apply,
    migrated_file,
    open_engine,
    open_stores,
    transactions_on,
)
from tests.harness.builders import LEASE, START, an_order

WRITERS = 8
ORDERS_OF_A_WRITER = 12


@pytest.fixture(params=["memory", "sqlite", "postgresql", "mysql"])
def process(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Stores]]:
    """Makes one process after another, all on one new database."""
    made: list[SqlStores] = []

    def on(url: URL) -> SqlStores:
        made.append(open_stores(url))
        return made[-1]

    match request.param:
        case "memory":
            shared = InMemoryStores()
            yield lambda: shared
        case "sqlite":
            url = migrated_file(tmp_path / "orders.db")
            yield lambda: on(url)
        case kind:
            server = empty_database(request, kind)
            yield lambda: on(server)
    for stores in made:
        stores.close()


def read_all(stores: Stores, after: int = 0, at_once: int = 7) -> list[FeedEntry]:
    entries: list[FeedEntry] = []
    while some := stores.feed.events_after(entries[-1].position if entries else after, at_once):
        entries += some
    return entries


def live(store: Stores, order_ids: Sequence[str]) -> None:
    """Each order is created, started and completed."""
    for order_id in order_ids:
        order = an_order(order_id)
        started = order.start(START, LEASE, "me")
        store.orders.add([order])
        store.orders.update([started])
        store.orders.update([started.new.complete(START + timedelta(seconds=1))])


def check(entries: Sequence[FeedEntry], orders: int) -> None:
    """No gap in the line, nothing missing, each order's events in their order."""
    assert [entry.position for entry in entries] == list(range(1, 3 * orders + 1))
    seqs: dict[str, list[int]] = {}
    for _, event in entries:
        seqs.setdefault(event.order_id, []).append(event.seq)
    assert len(seqs) == orders
    assert all(numbers == [1, 2, 3] for numbers in seqs.values())


def test_the_feed_of_no_orders_is_empty(process: Callable[[], Stores]) -> None:
    assert process().feed.events_after(0, 10) == []


def test_the_feed_has_what_the_histories_have(process: Callable[[], Stores]) -> None:
    store = process()
    live(store, ["a", "b"])

    entries = read_all(store)

    check(entries, 2)
    for order_id in ("a", "b"):
        followed = [event for _, event in entries if event.order_id == order_id]
        assert followed == store.views.history(order_id)


def test_unread_events_are_in_the_order_of_their_times(
    process: Callable[[], Stores],
) -> None:
    store = process()
    for seconds, order_id in enumerate(["c", "a", "b"]):
        store.orders.add([an_order(order_id, now=START + timedelta(seconds=seconds))])

    assert [entry.event.order_id for entry in read_all(store)] == ["c", "a", "b"]


def test_reading_again_gives_the_same(process: Callable[[], Stores]) -> None:
    store = process()
    live(store, ["b"])
    first = read_all(store)
    live(store, ["a"])

    again = read_all(process(), at_once=2)

    assert again[: len(first)] == first
    check(again, 2)


def test_a_reader_goes_on_where_it_was(process: Callable[[], Stores]) -> None:
    store = process()
    live(store, ["a", "b"])

    assert read_all(store, after=4) == read_all(store)[4:]
    assert store.feed.events_after(6, 10) == []


def test_no_more_are_given_than_were_asked_for(process: Callable[[], Stores]) -> None:
    store = process()
    live(store, ["a"])

    assert len(store.feed.events_after(0, 2)) == 2


def test_a_reader_that_follows_eight_writers_misses_nothing(process: Callable[[], Stores]) -> None:
    """Two followers in other processes assign positions, and some writes are rolled back."""
    writers = [process() for _ in range(WRITERS)]
    followers = [process() for _ in range(2)]
    finished = threading.Event()

    def write(number: int) -> None:
        chance = random.Random(number)
        for count in range(ORDERS_OF_A_WRITER):
            order_id = f"o{chance.random()}-{number}-{count}"  # in no order of the times
            roll_back(writers[number], order_id)
            live(writers[number], [order_id])

    def follow(stores: Stores) -> list[FeedEntry]:
        entries: list[FeedEntry] = []
        while True:
            last_look = finished.is_set()
            found = read_all(stores, entries[-1].position if entries else 0)
            entries += found
            if last_look and not found:
                return entries

    with ThreadPoolExecutor(WRITERS + 2) as pool:
        following = [pool.submit(follow, follower) for follower in followers]
        list(pool.map(write, range(WRITERS)))
        finished.set()
        one, two = (future.result() for future in following)

    check(one, WRITERS * ORDERS_OF_A_WRITER)
    assert one == two


def roll_back(store: Stores, name: str) -> None:
    """Write two orders, and fail at the third, whose number no database can hold."""
    if isinstance(store, SqlStores):
        orders = [an_order(f"never-{name}-{number}") for number in range(3)]
        with pytest.raises(Exception, match=r"(?i)too large|out of range"):
            store.orders.add([*orders[:2], orders[2]._replace(user_id=2**63)])


def test_an_event_that_commits_late_comes_later(server: URL) -> None:
    """With an auto-increment, the late one's number would be one that the reader has passed."""
    stores = open_stores(server)
    engine = open_engine(server)

    with transactions_on(engine).begin() as cursor:
        apply(engine, cursor, Add([an_order("late")]))
        stores.orders.add([an_order("early")])
        seen = read_all(stores)
    later = read_all(stores, after=seen[-1].position)

    assert [entry.event.order_id for entry in (*seen, *later)] == ["early", "late"]
    stores.close()
    engine.dispose()
