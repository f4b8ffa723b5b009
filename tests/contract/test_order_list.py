"""OrderList: pages of orders, of which none is repeated or left out."""

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL

from adapters.sql.database import Database
from adapters.sql.databases.known import kind_of
from adapters.sql.order_list import SqlOrderList
from adapters.sql.stores import SqlStores
from application.ports import OrderFilter, Place
from domain.order import Order
from domain.transitions import OrderStatus
from tests.contract.conftest import empty_database
from tests.contract.databases import Stores, migrated_file, open_stores
from tests.harness.builders import LEASE, START, an_order

SECOND = timedelta(seconds=1)
STEPS: list[Callable[[Order], Order]] = [
    lambda order: order,
    lambda order: order.start(START, LEASE, "me").new,
    lambda order: order.start(START, LEASE, "me").new.complete(START).new,
    lambda order: order.start(START, LEASE, "me").new.fail(START, "no", None).new,
    lambda order: order.cancel(START).new,
]
FILTERS = [
    OrderFilter(),
    OrderFilter(status=OrderStatus.FAILED),
    OrderFilter(user_id=1),
    OrderFilter(user_id=2, status=OrderStatus.PENDING),
    OrderFilter(created_after=START + SECOND),
    OrderFilter(created_before=START + 3 * SECOND, status=OrderStatus.COMPLETED),
    OrderFilter(id_prefix="A"),
    OrderFilter(id_prefix="a-1", user_id=1, created_after=START),
    OrderFilter(id_prefix="Z"),
    OrderFilter(user_id=7),
]


def put(stores: Stores, *orders: Order) -> None:
    """Store them as new orders would be, and then as they are."""
    created = [order._replace(status=OrderStatus.PENDING, seq=1) for order in orders]
    assert stores.orders.add(created) == []
    # By any change: what is stored is what it leads to.
    changes = [
        old.cancel(START)._replace(new=order)
        for old, order in zip(created, orders, strict=True)
        if order != old
    ]
    assert stores.orders.update(changes) == [True] * len(changes)


def fill(stores: Stores, count: int = 60) -> list[Order]:
    """Orders of three users in all statuses, twelve at each moment, in no order of their ids."""
    chance = random.Random(5)
    orders = [
        STEPS[number % len(STEPS)](
            an_order(
                f"{chance.choice('Aab')}-{chance.randrange(10**6):06}",
                user_id=number % 3,
                now=START + (number // 12) * SECOND,
            )
        )
        for number in range(count)
    ]
    chance.shuffle(orders)
    put(stores, *orders)
    return orders


def pages(
    stores: Stores, wanted: OrderFilter, *, newest_first: bool, limit: int
) -> Iterator[list[Order]]:
    after: Place | None = None
    while True:
        page = stores.order_list.page(wanted, newest_first=newest_first, after=after, limit=limit)
        assert len(page.orders) <= limit
        yield page.orders
        if page.next is None:
            return
        after = page.next


@pytest.fixture(params=["sqlite", "postgresql", "mysql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        url = migrated_file(tmp_path / "orders.db")
    else:
        url = empty_database(request, request.param)
    database = Database.open(kind_of(url), url)
    yield database
    database.close()


@pytest.fixture
def filled(stores: Stores) -> tuple[Stores, list[Order]]:
    return stores, fill(stores)


def listed(stores: Stores, wanted: OrderFilter, *, newest_first: bool, limit: int) -> list[Order]:
    return [
        order
        for page in pages(stores, wanted, newest_first=newest_first, limit=limit)
        for order in page
    ]


@pytest.mark.parametrize("wanted", FILTERS, ids=str)
def test_each_wanted_order_is_on_one_page(
    filled: tuple[Stores, list[Order]], wanted: OrderFilter
) -> None:
    stores, orders = filled
    for newest_first, limit in [(True, 7), (False, 7), (True, 200)]:
        found = listed(stores, wanted, newest_first=newest_first, limit=limit)

        assert sorted(found) == sorted(filter(wanted.includes, orders))
        times = [order.created_at for order in found]
        assert times == sorted(times, reverse=newest_first)


def test_oldest_first_is_newest_first_reversed(filled: tuple[Stores, list[Order]]) -> None:
    stores, _ = filled

    oldest = listed(stores, OrderFilter(), newest_first=False, limit=5)

    assert oldest[::-1] == listed(stores, OrderFilter(), newest_first=True, limit=11)


def test_the_last_page_says_so_also_when_it_is_full(stores: Stores) -> None:
    for name in "ab":
        put(stores, an_order(name))

    page = stores.order_list.page(OrderFilter(), newest_first=True, after=None, limit=2)

    assert (len(page.orders), page.next) == (2, None)


def test_no_orders_are_one_empty_page(stores: Stores) -> None:
    assert listed(stores, OrderFilter(), newest_first=True, limit=1) == []


@pytest.mark.parametrize("newest_first", [True, False])
def test_orders_that_are_added_meanwhile_repeat_and_hide_no_other(
    filled: tuple[Stores, list[Order]], newest_first: bool
) -> None:
    stores, orders = filled
    found = []
    for number, page in enumerate(pages(stores, OrderFilter(), newest_first=newest_first, limit=5)):
        found += page
        if number < 9:
            for seconds in (-1, 2, 9):  # before, among and behind those that were there
                put(stores, an_order(f"new-{number}-{seconds}", now=START + seconds * SECOND))

    assert len(set(found)) == len(found)
    assert set(orders) <= set(found)


def test_an_order_that_changes_meanwhile_keeps_its_place(
    filled: tuple[Stores, list[Order]],
) -> None:
    stores, orders = filled
    waiting = [order for order in orders if order.status is OrderStatus.PENDING]
    found = []
    for page in pages(stores, OrderFilter(), newest_first=True, limit=5):
        found += page
        if waiting:
            stores.orders.update([waiting.pop().cancel(START)])

    assert sorted(order.order_id for order in found) == sorted(order.order_id for order in orders)


def test_the_cursor_key_is_secret_and_stays(stores: Stores) -> None:
    key = stores.order_list.cursor_key()

    assert len(key) == 32
    assert key == stores.order_list.cursor_key()


def test_all_processes_on_a_database_have_one_cursor_key(server: URL) -> None:
    keys = set()
    for _ in range(2):
        stores = open_stores(server)
        keys.add(stores.order_list.cursor_key())
        stores.close()

    assert len(keys) == 1


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("scanned", [11, 12])  # twelve orders have each status: too many, or not
def test_a_page_that_has_read_enough_is_short_and_the_next_goes_on(
    database: Database, scanned: int, newest_first: bool
) -> None:
    stores = SqlStores(database)
    orders = fill(stores)
    stores.order_list = SqlOrderList(database, scanned)
    for wanted in FILTERS:
        found = listed(stores, wanted, newest_first=newest_first, limit=3)

        assert sorted(found) == sorted(filter(wanted.includes, orders))


def test_a_status_of_few_orders_is_listed_without_short_pages(database: Database) -> None:
    stores = SqlStores(database)
    orders = fill(stores)
    failed = OrderFilter(status=OrderStatus.FAILED)

    for scanned, is_full in [(12, True), (11, False)]:
        stores.order_list = SqlOrderList(database, scanned)
        found = list(pages(stores, failed, newest_first=True, limit=6))

        assert ([len(page) for page in found] == [6, 6]) is is_full
        assert sum(map(len, found)) == sum(map(failed.includes, orders))


def test_pages_go_on_where_a_status_becomes_common_meanwhile(database: Database) -> None:
    stores = SqlStores(database)
    orders = fill(stores)
    stores.order_list = SqlOrderList(database, scanned=12)
    failed = OrderFilter(status=OrderStatus.FAILED)
    found = []
    for number, page in enumerate(pages(stores, failed, newest_first=True, limit=3)):
        if number == 1:
            put(stores, STEPS[3](an_order("new", now=START - SECOND)))
        found += page

    assert [order.order_id for order in found].count("new") == 1
    assert len(found) == len(set(found)) == 1 + sum(map(failed.includes, orders))
