"""RetryOrders: many failed orders at once, in bounded transactions."""

from collections.abc import Sequence

import pytest
from dependency_injector.providers import Object

from adapters.memory.order_list import InMemoryOrderList
from adapters.memory.orders import InMemoryOrderRepository
from application.orders.repeatable import Repeatable
from application.orders.retry_orders import AT_ONCE, Retried
from application.ports import (
    KeptAnswer,
    KeyUsed,
    Once,
    OrderFilter,
    Page,
    Place,
    RepositoryUnavailable,
)
from domain.change import Change
from domain.errors import InvalidOrder
from domain.events import Actor, Role
from domain.transitions import EventKind, OrderStatus
from tests.conftest import World
from tests.harness.builders import LEASE, START, an_order

ALL = OrderFilter()
OPERATOR = Actor(Role.OPERATOR, "alice")


def fail(world: World, *order_ids: str, user_id: int = 1) -> None:
    """Store orders that have failed for good."""
    orders = [an_order(order_id, user_id=user_id) for order_id in order_ids]
    world.repository.add(orders)
    starts = [order.start(START, LEASE, "me") for order in orders]
    failures = [start.new.fail(START, "no stock", None) for start in starts]
    world.repository.update([*starts, *failures])


def test_failed_orders_are_pending_again_and_others_stay_as_they_are(world: World) -> None:
    fail(world, "a", "b")
    world.repository.add([an_order("waits")])
    world.container.dispatch_now().clear()

    assert world.container.retry_orders()(ALL) == Retried(2, is_more=False)

    totals = world.views.totals()
    assert (totals.failed, totals.pending) == (0, 3)
    assert world.views.history("waits")[-1].kind is EventKind.CREATED
    assert world.container.dispatch_now().is_set()


def test_only_the_wanted_ones_are_retried(world: World) -> None:
    fail(world, "a1", "b1")
    fail(world, "a2", user_id=2)

    wanted = OrderFilter(user_id=1, id_prefix="a", status=OrderStatus.PENDING)

    assert world.container.retry_orders()(wanted) == Retried(1, is_more=False)
    assert world.views.history("a1")[-1].kind is EventKind.RETRIED


def test_who_retried_and_why_is_in_the_history(world: World) -> None:
    fail(world, "a")

    world.container.retry_orders()(ALL, OPERATOR, "in stock again")

    last = world.views.history("a")[-1]
    assert (last.actor, last.reason) == (OPERATOR, "in stock again")


def test_it_goes_on_transaction_by_transaction_and_stops_at_the_most(world: World) -> None:
    ids = [f"o{number:04}" for number in range(2 * AT_ONCE + 1)]
    fail(world, *ids)
    sizes: list[int] = []

    first = world.container.retry_orders()(ALL, most=AT_ONCE + 1, on_progress=sizes.append)
    second = world.container.retry_orders()(ALL, most=AT_ONCE + 1, on_progress=sizes.append)

    assert first == Retried(2 * AT_ONCE, is_more=True)
    assert second == Retried(1, is_more=False)
    assert sizes == [AT_ONCE, AT_ONCE, 1]


def test_nothing_has_failed(world: World) -> None:
    assert world.container.retry_orders()(ALL) == Retried(0, is_more=False)


def test_the_answer_is_stored_although_the_last_look_finds_nothing(world: World) -> None:
    fail(world, "a")
    repeatable = Repeatable("a" * 64, "f" * 64, str)

    world.container.retry_orders()(ALL, most=1, repeatable=repeatable)
    with pytest.raises(KeyUsed):
        world.container.retry_orders()(ALL, repeatable=repeatable)

    world.container.retry_orders()(ALL, repeatable=repeatable._replace(key="b" * 64))
    kept = world.container.answers().find("b" * 64)
    assert kept == KeptAnswer("f" * 64, "Retried(orders=0, is_more=False)")


def test_short_and_empty_pages_end_nothing(world: World) -> None:
    class Sparse(InMemoryOrderList):
        """Looks at one order a page, whether it is wanted or not."""

        def page(
            self, wanted: OrderFilter, *, newest_first: bool, after: Place | None, limit: int
        ) -> Page:
            one = super().page(ALL, newest_first=newest_first, after=after, limit=1)
            return one._replace(orders=list(filter(wanted.includes, one.orders)))

    fail(world, "b", "d")
    world.repository.add([an_order("a"), an_order("c"), an_order("e")])
    world.container.order_list.override(Object(Sparse(world.repository.database)))
    repeatable = Repeatable("a" * 64, "f" * 64, str)

    result = world.container.retry_orders()(ALL, repeatable=repeatable)

    assert result == Retried(2, is_more=False)
    kept = world.container.answers().find("a" * 64)
    assert kept == KeptAnswer("f" * 64, str(result))


def test_a_bad_reason_retries_nothing(world: World) -> None:
    fail(world, "a")

    with pytest.raises(InvalidOrder, match="reason"):
        world.container.retry_orders()(ALL, reason="two\nlines")

    assert world.views.totals().failed == 1


def test_an_order_that_was_cancelled_meanwhile_is_not_counted(world: World) -> None:
    class Overtaken(InMemoryOrderRepository):
        def update(self, changes: Sequence[Change], once: Once | None = None) -> list[bool]:
            if changes[0].event.kind is EventKind.RETRIED:
                super().update([changes[0].old.cancel(START)])
            return super().update(changes, once)

    world.share(Overtaken())
    fail(world, "a", "b")

    assert world.container.retry_orders()(ALL).orders == 1


def test_what_was_retried_before_the_store_went_away_stays_so(world: World) -> None:
    class Away(InMemoryOrderRepository):
        def update(self, changes: Sequence[Change], once: Once | None = None) -> list[bool]:
            if changes[0].event.kind is EventKind.RETRIED and self.database.totals.pending:
                raise RepositoryUnavailable("away")
            return super().update(changes, once)

    world.share(Away())
    fail(world, *[f"o{number:04}" for number in range(AT_ONCE + 1)])

    with pytest.raises(RepositoryUnavailable):
        world.container.retry_orders()(ALL)

    assert world.views.totals().pending == AT_ONCE
