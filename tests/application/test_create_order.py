"""CreateOrder: an order is stored first, and hinted at afterwards."""

from datetime import timedelta
from decimal import Decimal

import pytest
from dependency_injector.providers import Object

from adapters.memory.queue import InMemoryQueue
from adapters.processors.scripted import ScriptedProcessor
from application.orders.create_order import NewOrder
from application.ports import RepositoryUnavailable
from domain.errors import DuplicateOrder, InvalidOrder
from domain.order import Order
from domain.transitions import EventKind, OrderStatus
from tests.application.repositories import DOWN, FailingRepository
from tests.application.stories import LEASE_SECONDS, a_process, history, place, stored, sweep_for
from tests.conftest import World
from tests.harness.builders import LEASE, START, an_order

NEW = NewOrder(
    order_id="ORD003", user_id=1, item_ids=(101, 102, 103), total_amount=Decimal("59.99")
)


def test_a_new_order_is_stored_as_it_was_asked_for(world: World) -> None:
    world.container.create_order()(NEW)

    assert stored(world) == an_order(now=START, due_at=START + LEASE)


def test_the_customer_gets_the_order_that_is_stored(world: World) -> None:
    assert world.container.create_order()(NEW) == stored(world)


def test_a_new_order_is_handed_to_the_queue_at_once(world: World) -> None:
    place(world)

    world.work()

    assert stored(world).status is OrderStatus.COMPLETED


def test_an_order_that_is_to_wait_is_not_started_before_its_time(world: World) -> None:
    minute = timedelta(minutes=1)
    world.container.create_order()(NEW._replace(not_before=START + minute))

    sweep_for(59, world)
    assert (world.work(), stored(world).status) == (0, OrderStatus.PENDING)

    sweep_for(1, world)
    world.work()
    assert stored(world).status is OrderStatus.COMPLETED
    assert stored(world).processing_started_at == START + minute


def test_an_order_whose_time_has_come_is_handed_to_the_queue_at_once(world: World) -> None:
    world.container.create_order()(NEW._replace(not_before=START))

    assert world.work() == 1


def test_a_taken_id_is_refused(world: World) -> None:
    place(world)

    with pytest.raises(DuplicateOrder) as refusal:
        place(world)

    assert refusal.value.order_id == "ORD003"


def test_a_taken_id_changes_nothing_of_the_order_that_has_it(world: World) -> None:
    place(world)
    before = stored(world)
    world.clock.advance(seconds=1)

    with pytest.raises(DuplicateOrder):
        world.container.create_order()(NEW._replace(user_id=2))

    assert (stored(world), history(world)) == (before, [EventKind.CREATED])


def test_a_refused_order_is_not_handed_to_the_queue(world: World) -> None:
    world.repository.add([an_order()])

    with pytest.raises(DuplicateOrder):
        place(world)

    assert world.work() == 0


def test_a_bad_value_stores_nothing(world: World) -> None:
    with pytest.raises(InvalidOrder):
        world.container.create_order()(NEW._replace(total_amount=Decimal("0.001")))

    assert world.views.totals().order_count == 0


def test_an_order_that_could_not_be_stored_is_not_handed_to_the_queue() -> None:
    repository = FailingRepository()
    world = a_process(repository)
    repository.plan["add"].append(DOWN)

    with pytest.raises(RepositoryUnavailable):
        place(world)

    assert world.work() == 0


def test_an_order_that_finds_the_queue_full_is_taken_in_and_due_now() -> None:
    world = World(max_workers="1")
    for order_id in ("A", "B", "C"):
        place(world, order_id)

    assert (world.queue.free_slots(), stored(world, "C").due_at) == (0, START)


def test_an_order_that_finds_the_queue_full_is_due_now_from_its_first_moment() -> None:
    repository = FailingRepository()
    repository.plan["reschedule"].append(DOWN)
    world = a_process(repository, max_workers="1")
    for order_id in ("A", "B", "C"):
        place(world, order_id)

    assert stored(world, "C").due_at == START
    assert world.container.overflow().exists


def test_an_order_that_finds_the_queue_closed_is_taken_in_and_due_now(world: World) -> None:
    world.queue.close(timedelta(0))

    place(world)

    assert stored(world).due_at == START


def test_a_lost_hint_is_made_good_after_a_lease(world: World) -> None:
    place(world)
    world.process_with(ScriptedProcessor())
    world.queue.drain(lambda lost: None)

    sweep_for(LEASE_SECONDS, world)
    world.work()

    assert stored(world).status is OrderStatus.COMPLETED


def test_a_hint_is_not_doubted_before_its_time(world: World) -> None:
    place(world)
    world.queue.drain(lambda lost: None)

    world.clock.advance(seconds=LEASE_SECONDS - 0.001)
    world.sweep()

    assert world.work() == 0


def test_an_order_that_the_queue_refuses_waits_its_turn_and_not_a_lease() -> None:
    world = World(max_workers="1")  # room for two
    world.container.queue.override(Object(OverdrawnQueue()))

    place(world)

    assert stored(world).due_at == START
    assert world.container.overflow().exists


class OverdrawnQueue(InMemoryQueue):
    """Had room when it was asked, and has none when the order comes."""

    def submit(self, order: Order) -> bool:
        return False
