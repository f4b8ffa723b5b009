"""ComputeMetrics: how many orders each status has, and how long the completed ones took."""

import pytest

from adapters.processors.scripted import ScriptedProcessor
from application.ports import OrderRejected
from domain.totals import Totals
from domain.transitions import OrderStatus
from tests.application.stories import place, stored, vanish_while_processing
from tests.conftest import World


@pytest.fixture
def one_of_each(world: World) -> World:
    """An order in every status, the completed one after 1 s of waiting and 5.011218 s of work."""
    place(world, "done")
    world.clock.advance(seconds=1)
    world.work()
    world.process_with(ScriptedProcessor(OrderRejected("no stock")))
    place(world, "failed")
    world.work()
    world.container.advance_orders.reset()  # which the next line gives another repository
    place(world, "running")
    vanish_while_processing(world)
    place(world, "waiting")
    place(world, "cancelled")
    cancelled = stored(world, "cancelled")
    world.repository.update([cancelled.cancel(world.clock.now())])
    return world


def test_without_orders_everything_is_zero(world: World) -> None:
    assert world.container.compute_metrics()() == Totals()


def test_each_order_is_counted_in_its_status(one_of_each: World) -> None:
    totals = one_of_each.container.compute_metrics()()

    assert [totals.count(status) for status in OrderStatus] == [1, 1, 1, 1, 1]


def test_averages_are_those_of_the_completed_orders(one_of_each: World) -> None:
    totals = one_of_each.container.compute_metrics()()

    averages = totals.average_processing_seconds, totals.average_total_seconds
    assert averages == (5.011218, 6.011218)


def test_the_ids_are_listed_by_status(one_of_each: World) -> None:
    with one_of_each.container.compute_metrics().with_order_ids() as snapshot:
        ids = [list(snapshot.order_ids(status)) for status in OrderStatus]

    assert ids == [["waiting"], ["running"], ["done"], ["failed"], ["cancelled"]]


def test_the_totals_with_ids_are_the_totals_without(one_of_each: World) -> None:
    metrics = one_of_each.container.compute_metrics()

    with metrics.with_order_ids() as snapshot:
        assert snapshot.totals() == metrics()
