"""Steps that most tests of the use cases share."""

from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Any

from dependency_injector.providers import Object

from adapters.clock import ManualClock
from adapters.memory.orders import InMemoryOrderRepository
from adapters.processors.function import FunctionProcessor
from application.orders.create_order import NewOrder
from application.ports import OrderRepository
from domain.order import Order
from domain.transitions import EventKind
from tests.conftest import World

LEASE_SECONDS = 15
SWEEP_SECONDS = 1
CAP_SECONDS = 60  # of the back-off


class Vanished(BaseException):
    """The process is gone, as after kill -9."""


class Mortal:
    """The repository of one process; once that process is dead, every call raises Vanished."""

    def __init__(self, repository: OrderRepository) -> None:
        self._repository = repository
        self.is_dead = False

    def __getattr__(self, name: str) -> Any:
        if self.is_dead:
            raise Vanished
        return getattr(self._repository, name)


def a_process(
    repository: InMemoryOrderRepository, clock: ManualClock | None = None, **settings: str
) -> World:
    """A process of the service on that repository, with held_orders and a queue of its own."""
    world = World(**settings)
    world.clock = clock or world.clock
    world.container.clock.override(Object(world.clock))
    world.share(repository)
    return world.begin_to_sweep()


def a_neighbour_of(world: World, **settings: str) -> World:
    """Another process on the same repository, at the same time."""
    return a_process(world.repository, world.clock, **settings)


def sweep_for(seconds: int, *processes: World) -> None:
    """Let time pass second by second; each process sweeps every second."""
    for _ in range(seconds):
        processes[0].clock.advance(seconds=1)
        for process in processes:
            process.sweep()


def place(world: World, order_id: str = "ORD003", not_before: datetime | None = None) -> Order:
    """A customer orders something, perhaps for later."""
    new = NewOrder(
        order_id=order_id,
        user_id=1,
        item_ids=(101, 102, 103),
        total_amount=Decimal("59.99"),
        not_before=not_before,
    )
    return world.container.create_order()(new)


def vanish_while_processing(world: World) -> None:
    """The process starts the first order in its queue, and is never heard of again."""

    mortal = Mortal(world.container.repository())

    def vanish(order: Order) -> None:
        mortal.is_dead = True

    world.process_with(FunctionProcessor(vanish))
    world.container.repository.override(Object(mortal))
    with suppress(Vanished):
        world.work()
    world.container.repository.reset_last_overriding()  # its other parts are another process's now


def stored(world: World, order_id: str = "ORD003") -> Order:
    """The order as the repository has it now."""
    order = world.repository.get(order_id)
    assert order is not None
    return order


def history(world: World, order_id: str = "ORD003") -> list[EventKind]:
    """What the order's history says."""
    return [event.kind for event in world.views.history(order_id)]
