"""CreateOrders: many orders in one transaction, each with an outcome of its own."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
from dependency_injector.providers import Object

from adapters.memory.orders import InMemoryOrderRepository
from adapters.memory.queue import InMemoryQueue
from application.orders.create_order import NewOrder
from application.orders.create_orders import Outcome
from application.ports import Once, RepositoryUnavailable
from domain.errors import DuplicateOrder, InvalidOrder
from domain.order import Order
from domain.transitions import OrderStatus
from tests.application.repositories import DOWN, FailingRepository
from tests.application.stories import a_process, place, stored
from tests.conftest import World
from tests.harness.builders import LEASE, START, an_order

ROOM = 4  # in the queue of a process with two workers


def new(order_id: str, **changes: object) -> NewOrder:
    asked = NewOrder(order_id, user_id=1, item_ids=(101, 102, 103), total_amount=Decimal("59.99"))
    return asked._replace(**changes)  # type: ignore[arg-type]  # a test names real fields


def create(world: World, *asked: NewOrder) -> list[Outcome]:
    return world.container.create_orders()(asked)


def kinds(outcomes: Sequence[Outcome]) -> list[type]:
    return [type(outcome) for outcome in outcomes]


class CountingRepository(InMemoryOrderRepository):
    """Remembers how many orders each transaction had."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def add(self, orders: Sequence[Order], once: Once | None = None) -> list[str]:
        self.sizes.append(len(orders))
        return super().add(orders, once)


class OverdrawnQueue(InMemoryQueue):
    """Says that it has more room than it has."""

    def free_slots(self) -> int:
        return 2 * super().free_slots()


def test_orders_that_are_to_wait_take_no_room_in_the_queue(world: World) -> None:
    later = START + timedelta(days=1)
    asked = [new(f"later-{number}", not_before=later) for number in range(ROOM)]

    create(world, *asked, new("now"))

    assert stored(world, "later-0").due_at == later
    assert stored(world, "now").due_at == START + LEASE
    assert world.work() == 1
    assert stored(world, "now").status is OrderStatus.COMPLETED


def test_each_order_is_stored_as_it_was_asked_for(world: World) -> None:
    outcomes = create(world, new("A"), new("B", user_id=2))

    assert outcomes == [stored(world, "A"), stored(world, "B")]
    assert stored(world, "B") == an_order("B", user_id=2, due_at=START + LEASE)


def test_the_orders_are_handed_to_the_queue_at_once(world: World) -> None:
    create(world, new("A"), new("B"))

    world.work()

    assert {stored(world, name).status for name in "AB"} == {OrderStatus.COMPLETED}


def test_all_good_orders_are_stored_in_one_transaction() -> None:
    repository = CountingRepository()

    create(a_process(repository), new("A"), new("B", user_id=-1), new("C"))

    assert repository.sizes == [2]


def test_an_order_of_a_bad_value_harms_no_other(world: World) -> None:
    outcomes = create(world, new("A"), new("B", total_amount=Decimal("0.001")), new("C"))

    assert kinds(outcomes) == [Order, InvalidOrder, Order]
    assert world.views.totals().pending == world.work() == 2


def test_an_order_whose_id_is_taken_harms_no_other(world: World) -> None:
    earlier = place(world, "B")

    outcomes = create(world, new("A"), new("B", user_id=2), new("C"))

    assert kinds(outcomes) == [Order, DuplicateOrder, Order]
    assert stored(world, "B") == earlier


def test_of_two_with_one_id_the_first_is_stored(world: World) -> None:
    outcomes = create(world, new("A"), new("B"), new("A", user_id=2))

    assert kinds(outcomes) == [Order, Order, DuplicateOrder]
    assert stored(world, "A").user_id == 1


def test_of_two_with_one_id_of_which_the_first_is_bad_the_second_is_stored(world: World) -> None:
    outcomes = create(world, new("A", user_id=-1), new("A"))

    assert kinds(outcomes) == [InvalidOrder, Order]


def test_of_two_with_a_taken_id_neither_is_stored(world: World) -> None:
    place(world, "A")

    assert kinds(create(world, new("A"), new("A"))) == [DuplicateOrder, DuplicateOrder]


@pytest.mark.parametrize("asked", [(), (new("A", user_id=-1),)], ids=["none", "a bad one"])
def test_where_nothing_is_good_nothing_is_written(asked: tuple[NewOrder, ...]) -> None:
    repository = CountingRepository()

    create(a_process(repository), *asked)

    assert repository.sizes == []


def test_refused_orders_are_not_handed_to_the_queue(world: World) -> None:
    world.repository.add([an_order("A")])

    create(world, new("A"), new("B", user_id=-1))

    assert world.work() == 0


def test_orders_that_could_not_be_stored_are_not_handed_to_the_queue() -> None:
    repository = FailingRepository()
    world = a_process(repository)
    repository.plan["add"].append(DOWN)

    with pytest.raises(RepositoryUnavailable):
        create(world, new("A"))

    assert world.work() == 0


def test_those_for_which_the_queue_has_no_room_are_due_now_and_behind_the_others() -> None:
    world = World(max_workers="2")

    create(world, *(new(f"{number}") for number in range(ROOM + 2)))

    due = [stored(world, f"{number}").due_at for number in range(ROOM + 2)]
    assert due == [START + LEASE] * ROOM + [START] * 2
    assert world.container.overflow().exists


def test_a_refused_order_takes_no_room_of_a_good_one() -> None:
    world = World(max_workers="2")

    create(world, *(new(f"{number}", user_id=number - 1) for number in range(ROOM + 1)))

    assert world.work() == ROOM
    assert not world.container.overflow().exists


def test_new_orders_line_up_behind_those_that_found_no_room() -> None:
    world = World(max_workers="2")
    create(world, *(new(f"{number}") for number in range(ROOM + 1)))
    world.work()

    create(world, new("new"))

    assert world.work() == 0
    assert stored(world, "new").due_at == world.clock.now()


def test_orders_that_the_queue_refuses_wait_their_turn_and_not_a_lease() -> None:
    world = World(max_workers="2")
    world.container.queue.override(Object(OverdrawnQueue(window=2)))

    create(world, *(new(f"{number}") for number in range(4)))

    due = [stored(world, f"{number}").due_at for number in range(4)]
    assert due == [START + LEASE] * 2 + [START] * 2
    assert world.container.overflow().exists


def test_orders_that_find_the_queue_closed_are_taken_in_and_due_now(world: World) -> None:
    world.queue.close(timedelta(0))

    create(world, new("A"))

    assert stored(world, "A").due_at == START
