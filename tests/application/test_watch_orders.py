"""WatchOrders: who waits for an order hears of its change, whoever made it."""

from collections.abc import Sequence

from adapters.memory.orders import InMemoryOrderRepository
from application.views.watch_orders import AT_ONCE, WatchOrders
from domain.order import Order
from tests.harness.builders import START, an_order


class Counting(InMemoryOrderRepository):
    """Counts the orders of each read of many."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[int] = []

    def get_many(self, order_ids: Sequence[str]) -> list[Order]:
        self.reads.append(len(order_ids))
        return super().get_many(order_ids)


def test_who_waits_is_woken_once_the_order_has_changed() -> None:
    repository, woken = Counting(), list[str]()
    watch = WatchOrders(repository)
    order, other = an_order("o"), an_order("other")
    repository.add([order, other])
    watch.add(order, lambda: woken.append("o"))
    watch.add(other, lambda: woken.append("other"))

    watch()
    assert woken == []
    repository.update([order.cancel(START)])
    watch()
    watch()

    assert woken == ["o"]
    assert len(watch) == 1


def test_a_change_between_reading_an_order_and_waiting_for_it_is_not_missed() -> None:
    repository, woken = Counting(), list[str]()
    watch = WatchOrders(repository)
    order = an_order()
    repository.add([order])
    repository.update([order.cancel(START)])
    watch.add(order, lambda: woken.append("o"))

    watch()

    assert woken == ["o"]


def test_who_waits_no_longer_is_not_woken() -> None:
    repository, woken = Counting(), list[str]()
    watch = WatchOrders(repository)
    order = an_order()

    def wake() -> None:
        woken.append("o")

    watch.add(order, wake)
    watch.remove(wake)
    repository.add([order])
    repository.update([order.cancel(START)])
    watch()

    assert (woken, len(watch)) == ([], 0)


def test_nobody_waits_and_nothing_is_read() -> None:
    repository = Counting()

    WatchOrders(repository)()

    assert repository.reads == []


def test_many_who_wait_share_few_reads() -> None:
    repository = Counting()
    watch = WatchOrders(repository)
    for number in range(AT_ONCE + 1):
        for _ in range(2):
            watch.add(an_order(f"o{number}"), lambda: None)

    watch()

    assert repository.reads == [AT_ONCE, 1]
