"""GetStatus: one order as it is stored."""

import pytest

from application.ports import RepositoryUnavailable
from domain.errors import OrderNotFound
from domain.transitions import OrderStatus
from tests.application.repositories import DOWN, FailingRepository
from tests.application.stories import a_process, place
from tests.conftest import World


def test_an_order_is_shown_as_it_is_stored(world: World) -> None:
    placed = place(world)

    assert world.container.get_status()("ORD003") == placed


def test_an_order_is_shown_as_it_is_now(world: World) -> None:
    place(world)
    world.work()

    assert world.container.get_status()("ORD003").status is OrderStatus.COMPLETED


def test_an_unknown_order_is_not_found(world: World) -> None:
    with pytest.raises(OrderNotFound) as refusal:
        world.container.get_status()("ORD004")

    assert refusal.value.order_id == "ORD004"


@pytest.mark.parametrize("order_id", ["", "A" * 65, "no such", "metrics", "ORD003\n"])
def test_what_could_never_be_stored_is_not_found_without_a_query(order_id: str) -> None:
    repository = FailingRepository()
    repository.plan["get"].append(DOWN)

    with pytest.raises(OrderNotFound) as refusal:
        a_process(repository).container.get_status()(order_id)

    assert refusal.value.order_id == order_id


def test_an_order_is_not_called_unknown_while_the_store_is_down() -> None:
    repository = FailingRepository()
    repository.plan["get"].append(DOWN)

    with pytest.raises(RepositoryUnavailable):
        a_process(repository).container.get_status()("ORD003")
