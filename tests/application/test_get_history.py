"""GetHistory: all that has happened to one order."""

import pytest

from domain.errors import OrderNotFound
from domain.transitions import EventKind
from tests.application.stories import place, stored
from tests.conftest import World


def test_the_history_of_an_order_begins_with_its_creation(world: World) -> None:
    placed = place(world)

    assert world.container.get_history()("ORD003") == [placed.creation()]


def test_the_last_event_has_the_status_and_the_number_of_the_order(world: World) -> None:
    place(world)
    world.work()

    last = world.container.get_history()("ORD003")[-1]

    order = stored(world)
    assert (last.kind, last.status, last.seq) == (EventKind.COMPLETED, order.status, order.seq)


def test_other_orders_have_no_part_in_it(world: World) -> None:
    place(world, "ORD003")
    place(world, "ORD004")

    assert [event.order_id for event in world.container.get_history()("ORD004")] == ["ORD004"]


@pytest.mark.parametrize("order_id", ["ORD004", "", "no such", "metrics"])
def test_an_unknown_order_is_not_found(world: World, order_id: str) -> None:
    place(world)

    with pytest.raises(OrderNotFound) as refusal:
        world.container.get_history()(order_id)

    assert refusal.value.order_id == order_id
