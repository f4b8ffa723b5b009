"""Breaker: an outage of the processor costs no attempts, and one order at a time finds its end."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from adapters.processors.function import FunctionProcessor
from adapters.processors.scripted import ScriptedProcessor
from application.ports import AttemptFailed, OrderRejected, ProcessorUnavailable, RetryLater
from application.processing.breaker import FAILURES_IN_A_ROW
from domain.events import CLIENT
from domain.flow import Flow
from domain.order import Order
from domain.transitions import OrderStatus
from tests.application.stories import CAP_SECONDS, place, stored
from tests.conftest import World
from tests.harness.builders import an_order
from tests.harness.one_at_a_time import work_on

GONE = ProcessorUnavailable("connection refused")
SAYS_500 = AttemptFailed("the fulfilment system answered 500", answered=True)
SAYS_502 = AttemptFailed("the fulfilment system answered 502", answered=False)
SECOND = timedelta(seconds=1)


def a_world(*outcomes: BaseException | None) -> World:
    world = World().begin_to_sweep()
    world.process_with(ScriptedProcessor(*outcomes))
    return world


def wait_in(world: World, number: int) -> None:
    now = world.clock.now()
    world.repository.add(
        [an_order(f"o{n:02}", due_at=now - (50 - n) * SECOND) for n in range(number)]
    )


def look(world: World, room: int = 100) -> list[Order]:
    return world.container.advance_orders()([], [], room).orders


def work(world: World, orders: Sequence[Order]) -> list[Order]:
    """Have them worked on, and store what came of it; returns what the same call has started."""
    outcomes = [work_on(world.container, order) for order in orders]
    return world.container.advance_orders()(outcomes, [], 100).orders


def opened(*then: BaseException | None) -> World:
    """A world whose breaker has just opened, with orders that are due."""
    world = a_world(*[GONE] * FAILURES_IN_A_ROW, *then)
    wait_in(world, 20)
    assert work(world, look(world, FAILURES_IN_A_ROW)) == []
    return world


def test_an_order_that_reached_nobody_waits_a_second_and_has_not_failed() -> None:
    world = a_world(GONE)
    order = place(world)

    work(world, world.container.advance_orders()([], [order]).orders)

    waiting = stored(world)
    assert (waiting.status, waiting.failures) == (OrderStatus.PENDING, 0)
    assert waiting.due_at == world.clock.now() + SECOND
    assert waiting.public_reason == "connection refused"


def test_one_that_alone_reaches_nobody_is_tried_less_and_less() -> None:
    def work_on_others(order: Order) -> None:
        if order.order_id == "gone":
            raise GONE

    world = World().begin_to_sweep()
    world.process_with(FunctionProcessor(work_on_others))
    place(world, "gone")
    for second in range(600):
        place(world, f"o{second}")
        world.work()
        world.clock.advance(seconds=1)
        world.sweep()

    assert not world.container.gate().is_narrow
    assert 600 / CAP_SECONDS < stored(world, "gone").attempt < 60


def test_after_some_in_a_row_nothing_starts(caplog: pytest.LogCaptureFixture) -> None:
    world = opened()

    assert look(world) == []
    order = place(world, "new")
    assert order.due_at == world.clock.now()
    assert world.work() == 0
    (line,) = [message for message in caplog.messages if "fulfilment system" in message]
    assert line.startswith(
        "the fulfilment system seems to be down, after 5 attempts in a row (conne"
    )


def test_fewer_change_nothing() -> None:
    world = a_world(*[GONE] * (FAILURES_IN_A_ROW - 1))
    wait_in(world, 20)

    work(world, look(world, FAILURES_IN_A_ROW - 1))

    assert not world.container.gate().is_narrow


@pytest.mark.parametrize(
    "answer", [None, OrderRejected("no such item"), RetryLater("closed", SECOND), SAYS_500]
)
def test_an_answer_between_them_begins_the_row_anew(answer: BaseException | None) -> None:
    row = [GONE] * (FAILURES_IN_A_ROW - 1)
    world = a_world(*row, answer, *row)
    wait_in(world, 20)

    for _ in range(2 * FAILURES_IN_A_ROW - 1):
        world.container.advance_orders()(
            [work_on(world.container, order) for order in look(world, 1)], []
        )

    assert not world.container.gate().is_narrow


def test_single_orders_are_tried_at_growing_intervals() -> None:
    world = opened(*[GONE] * 8)
    tried: list[int] = []
    for second in range(1, 130):
        world.clock.advance(seconds=1)
        found = look(world)
        if found:
            assert len(found) == 1
            assert look(world) == []
            assert work(world, found) == []
            tried.append(second)

    assert tried == [1, 3, 7, 15, 31, 61, 91, 121]


def test_an_outage_burns_no_attempts_of_orders() -> None:
    world = opened(*[GONE] * 8)
    for _ in range(130):
        world.clock.advance(seconds=1)
        work(world, look(world))

    orders = world.repository.get_many([f"o{n:02}" for n in range(20)])
    assert {order.failures for order in orders} == {0}
    assert sum(order.attempt for order in orders) >= FAILURES_IN_A_ROW + 8


def test_while_a_probe_runs_there_is_no_other() -> None:
    world = opened()
    world.clock.advance(seconds=1)
    assert len(look(world)) == 1

    world.clock.advance(seconds=100)

    assert look(world) == []


def test_a_probe_that_nobody_could_make_is_made_when_an_order_is_due() -> None:
    world = a_world(*[GONE] * FAILURES_IN_A_ROW)
    wait_in(world, FAILURES_IN_A_ROW)
    started = look(world)
    for order in started:  # all of them at once: each is due a second later
        world.container.advance_orders()([work_on(world.container, order)], [])
    for order in started:
        world.repository.reschedule([stored(world, order.order_id)], world.clock.now() + 5 * SECOND)

    world.clock.advance(seconds=4)
    assert look(world) == []
    world.clock.advance(seconds=1)
    assert len(look(world)) == 1


def test_once_a_probe_gets_through_all_start_again(caplog: pytest.LogCaptureFixture) -> None:
    world = opened()
    world.clock.advance(seconds=1)
    probe = look(world)
    world.container.dispatch_now().clear()

    begun = work(world, probe)

    assert len(begun) == 19
    assert world.container.dispatch_now().is_set()
    assert world.container.breaker().open_since is None
    assert caplog.messages[-1] == ("the fulfilment system answers again, after 1 s; orders start")


def test_an_order_that_ran_already_closes_it_too() -> None:
    world = a_world(*[GONE] * FAILURES_IN_A_ROW)
    wait_in(world, 10)
    running = look(world)

    work(world, running[:-1][:FAILURES_IN_A_ROW])
    assert world.container.gate().is_narrow
    work(world, running[-1:])

    assert not world.container.gate().is_narrow


def test_a_probe_that_is_answered_closes_it_although_it_fails() -> None:
    world = opened(SAYS_500)
    world.clock.advance(seconds=1)
    (probe,) = look(world)

    begun = work(world, [probe])

    assert len(begun) == 19
    assert stored(world, probe.order_id).failures == 1


def test_a_gateway_that_says_that_nobody_is_there_opens_it_and_burns_few_attempts() -> None:
    world = a_world(*[SAYS_502] * 100)
    wait_in(world, 20)

    assert work(world, look(world, FAILURES_IN_A_ROW)) == []
    for _ in range(130):
        world.clock.advance(seconds=1)
        work(world, look(world))

    orders = world.repository.get_many([f"o{n:02}" for n in range(20)])
    assert sum(order.failures for order in orders) == FAILURES_IN_A_ROW + 8


def test_a_probe_that_fails_for_the_order_s_sake_is_followed_by_another() -> None:
    world = opened(AttemptFailed("half an answer"), None)
    world.clock.advance(seconds=1)
    assert work(world, look(world)) == []
    assert world.container.gate().is_narrow

    world.clock.advance(seconds=1)
    work(world, look(world))

    assert not world.container.gate().is_narrow


def test_a_pause_stops_probes_as_well() -> None:
    world = opened()
    world.container.gate().follow(Flow().pause(world.clock.now(), CLIENT, None))
    world.clock.advance(seconds=60)

    assert look(world) == []
