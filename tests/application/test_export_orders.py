"""ExportOrders: all orders of one moment, in pages."""

from application.views.export_orders import PAGE
from domain.transitions import OrderStatus
from tests.application.stories import place, stored
from tests.conftest import World
from tests.harness.builders import an_order


def exported(world: World, *statuses: OrderStatus) -> set[str]:
    _, pages = world.container.export_orders()(statuses or tuple(OrderStatus))
    return {order.order_id for page in pages for order in page}


def test_orders_in_every_status_are_exported(world: World) -> None:
    place(world, "done")
    world.work()
    place(world, "new")

    assert exported(world) == {"done", "new"}


def test_orders_of_some_statuses_are_exported_on_request(world: World) -> None:
    place(world, "done")
    world.work()
    place(world, "new")

    assert exported(world, OrderStatus.COMPLETED) == {"done"}


def test_an_order_is_exported_whole(world: World) -> None:
    place(world, "A")

    _, pages = world.container.export_orders()()

    assert list(pages) == [[stored(world, "A")]]


def test_orders_come_in_pages_and_their_number_is_known_before(world: World) -> None:
    world.repository.add([an_order(f"{number}") for number in range(2 * PAGE + 1)])

    total, pages = world.container.export_orders()()

    assert total == 2 * PAGE + 1
    assert [len(page) for page in pages] == [PAGE, PAGE, 1]


def test_an_order_that_comes_during_an_export_is_not_in_it(world: World) -> None:
    place(world, "before")

    total, pages = world.container.export_orders()()
    place(world, "after")

    assert (total, [order.order_id for page in pages for order in page]) == (1, ["before"])


def test_an_order_that_changes_during_an_export_is_in_it_once(world: World) -> None:
    place(world, "A")

    _, pages = world.container.export_orders()()
    world.work()

    assert [order.order_id for page in pages for order in page] == ["A"]


def test_nothing_is_exported_from_an_empty_store(world: World) -> None:
    assert exported(world) == set()
