"""ExplainOrder: what an order waits for, and what it can expect."""

from datetime import UTC, datetime, timedelta

import pytest

from adapters.processors.scripted import ScriptedProcessor
from application.ports import OrderRejected, RetryLater
from application.processing.breaker import FAILURES_IN_A_ROW
from application.views.explain_order import ExplainOrder
from application.views.explanation import Explanation
from application.views.standing import Line, Used, Why
from domain.change import Change
from domain.errors import OrderNotFound
from domain.events import CLIENT
from domain.limits import Limits
from domain.order import Order
from tests.application.stories import place, stored
from tests.conftest import World
from tests.harness.builders import LEASE, START, an_order

FIVE_SECONDS = timedelta(seconds=5)


def explain(world: World, order_id: str = "ORD003") -> Explanation:
    return world.container.explain_order()(order_id)


def apply(world: World, change: Change) -> Order:
    assert world.repository.update([change]) == [True]
    return change.new


def start(world: World, order_id: str = "ORD003") -> Order:
    return apply(world, stored(world, order_id).start(world.clock.now(), LEASE, "process-1"))


def complete_one(world: World, name: str = "done") -> None:
    """An order that took five seconds."""
    world.repository.add([an_order(name, now=world.clock.now())])
    started = start(world, name)
    world.clock.advance(seconds=5)
    apply(world, started.complete(world.clock.now()))


def test_the_next_order_in_line_says_so(world: World) -> None:
    place(world)

    found = explain(world)

    assert (found.why, found.line) == (Why.IN_LINE, Line(0, is_longer=False))
    assert found.summary == "It waits for a worker, and is the next in line."


def test_a_scheduled_order_says_when_it_may_start(world: World) -> None:
    complete_one(world)
    world.repository.add([an_order(not_before=START + timedelta(hours=3)), an_order("other")])
    start(world, "other")

    found = explain(world)

    assert found.why is Why.SCHEDULED
    assert found.summary == (
        "It is not to be started before 2025-02-21T18:00:17+00:00."
        " It should start at about 2025-02-21T18:00:17+00:00 and end at about"
        " 2025-02-21T18:00:22+00:00, by what is measured now: 1 order in processing, for 5 s each"
        " on average."
    )


def test_an_order_for_the_last_moment_of_the_calendar_has_no_expected_end(world: World) -> None:
    complete_one(world)
    last = datetime.max.replace(tzinfo=UTC)
    world.repository.add([an_order(not_before=last), an_order("other")])
    start(world, "other")

    found = explain(world)

    assert (found.why, found.expected_start_at) == (Why.SCHEDULED, last)
    assert found.expected_end_at is None


def test_a_scheduled_order_stands_in_line_once_its_time_has_come(world: World) -> None:
    world.repository.add([an_order("other"), an_order(not_before=START + FIVE_SECONDS)])
    world.clock.advance(seconds=5)

    assert (explain(world).why, explain(world).line) == (Why.IN_LINE, Line(1, is_longer=False))


def test_only_orders_that_are_due_before_it_are_ahead(world: World) -> None:
    for number in range(4):
        world.repository.add([an_order(f"o{number}", now=START + timedelta(seconds=number))])
    apply(world, stored(world, "o0").hold(START))

    found = explain(world, "o2")

    assert found.line == Line(1, is_longer=False)
    assert found.summary == "It waits for a worker; 1 order is due before it."


def test_a_long_line_is_not_counted_to_its_end(world: World) -> None:
    world.repository.add([an_order(f"o{n}", now=START + timedelta(seconds=n)) for n in range(9)])
    container = world.container
    use_case = ExplainOrder(
        container.get_status(),
        world.views,
        container.flow(),
        container.breaker(),
        world.clock,
        container.retry_policy(),
        counted=7,
    )

    assert use_case("o7").line == Line(7, is_longer=False)
    longer = use_case("o8")
    assert longer.line == Line(7, is_longer=True)
    assert "more than 7 orders are due before it" in longer.summary


def test_what_is_expected_follows_from_the_line_and_the_pace(world: World) -> None:
    complete_one(world)
    now = world.clock.now()
    world.repository.add([an_order(f"o{n}", now=now + timedelta(seconds=n)) for n in range(12)])
    start(world, "o0")
    start(world, "o1")

    found = explain(world, "o11")

    assert found.pace is not None
    assert found.pace.per_second == 2 / 5
    assert found.expected_start_at == now + timedelta(seconds=9 / (2 / 5))
    assert found.expected_end_at == now + timedelta(seconds=9 / (2 / 5)) + FIVE_SECONDS
    assert "2 orders in processing, for 5 s each on average" in found.summary


@pytest.mark.parametrize("known", ["nothing is processed", "nothing has been completed"])
def test_nothing_is_expected_while_there_is_no_pace(world: World, known: str) -> None:
    if known == "nothing is processed":
        complete_one(world)
    else:
        place(world, "running")
        start(world, "running")
    place(world)

    found = explain(world)

    assert (found.pace, found.expected_start_at, found.expected_end_at) == (None, None, None)


def test_an_order_in_processing_says_who_has_it_until_when(world: World) -> None:
    complete_one(world)
    place(world)
    started = start(world)

    found = explain(world)

    assert (found.why, found.holder, found.held_until) == (
        Why.IN_PROCESSING,
        "process-1",
        started.due_at,
    )
    assert found.expected_end_at == world.clock.now() + FIVE_SECONDS
    assert found.line is None
    assert found.summary.startswith(
        "It is being processed, for the 1st time, by process process-1; unless"
    )


def test_an_order_that_takes_longer_than_others_has_no_expected_end(world: World) -> None:
    complete_one(world)
    place(world)
    start(world)
    world.clock.advance(seconds=6)

    assert explain(world).expected_end_at is None


@pytest.mark.parametrize(
    ("outcome", "attempts", "error"),
    [(ValueError("secret"), 1, "ValueError"), (RetryLater("closed", FIVE_SECONDS), 0, "closed")],
)
def test_an_order_that_backs_off_says_until_when_and_why(
    world: World, outcome: Exception, attempts: int, error: str
) -> None:
    world.process_with(ScriptedProcessor(outcome))
    place(world)
    world.work()

    found = explain(world)

    assert (found.why, found.next_retry_at) == (Why.BACKING_OFF, stored(world).due_at)
    assert (found.attempts, found.last_error) == (Used(attempts, 5), error)


def test_once_the_back_off_has_ended_the_order_is_in_line(world: World) -> None:
    world.process_with(ScriptedProcessor(RetryLater("closed", FIVE_SECONDS)))
    place(world)
    world.work()
    world.clock.advance(seconds=5)

    found = explain(world)

    assert (found.why, found.next_retry_at, found.last_error) == (Why.IN_LINE, None, "closed")


def test_a_held_order_says_why_it_is_held_and_what_went_wrong_before(world: World) -> None:
    world.process_with(ScriptedProcessor(ValueError("secret")))
    place(world)
    world.work()
    apply(world, stored(world).hold(world.clock.now(), reason="address in doubt"))

    found = explain(world)

    assert (found.why, found.hold_reason, found.last_error) == (
        Why.HELD,
        "address in doubt",
        "ValueError",
    )
    assert found.summary == (
        "It is held (address in doubt), and waits to be released."
        " 1 of 5 attempts used; the last error: ValueError."
    )


def test_a_parked_order_says_by_when_its_processor_has_to_answer(world: World) -> None:
    place(world)
    until = world.clock.now() + timedelta(hours=1)
    apply(world, start(world).park(world.clock.now(), until))

    found = explain(world)

    assert (found.why, found.parked_until, found.holder) == (Why.PARKED, until, None)
    assert "by 2025-02-21T16:00:17+00:00" in found.summary


def test_a_failed_order_says_why_and_that_it_stays_so(world: World) -> None:
    world.process_with(ScriptedProcessor(OrderRejected("item 102 is not sold any more")))
    place(world)
    world.work()

    found = explain(world)

    assert (found.why, found.last_error) == (Why.FAILED, "item 102 is not sold any more")
    assert "(item 102 is not sold any more)" in found.summary
    assert "unless somebody retries it" in found.summary


def test_a_crash_counts_as_one(world: World) -> None:
    place(world)
    apply(world, start(world).expire(world.clock.now(), FIVE_SECONDS))

    found = explain(world)

    assert (found.crashes, found.attempts) == (Used(1, 20), Used(0, 5))
    assert found.last_error == "attempt 1 went silent"


@pytest.mark.parametrize("step", ["complete", "cancel"])
def test_an_order_that_has_ended_waits_for_nothing(world: World, step: str) -> None:
    place(world)
    if step == "complete":
        world.work()
    else:
        apply(world, stored(world).cancel(world.clock.now(), reason="ordered twice"))

    found = explain(world)

    assert found.why in {Why.COMPLETED, Why.CANCELLED}
    assert (found.line, found.expected_start_at, found.expected_end_at) == (None, None, None)
    assert ("(ordered twice)" in found.summary) == (step == "cancel")


def test_an_unknown_order_is_not_found(world: World) -> None:
    with pytest.raises(OrderNotFound):
        explain(world, "ORD404")


def test_while_processing_is_paused_it_says_why_and_expects_nothing(world: World) -> None:
    complete_one(world)
    place(world, "running")
    start(world, "running")
    place(world)
    world.container.flow().change(lambda flow: flow.pause(START, CLIENT, "stocktaking"))

    found = explain(world)

    assert (found.why, found.pause_reason) == (Why.PAUSED, "stocktaking")
    assert (found.expected_start_at, found.expected_end_at) == (None, None)
    assert found.summary.startswith(
        "Processing is paused (stocktaking); it waits for that to end, and is the next in line."
    )
    assert explain(world, "running").why is Why.IN_PROCESSING


def test_while_as_many_run_as_may_it_waits_for_the_limits(world: World) -> None:
    place(world, "running")
    start(world, "running")
    place(world)
    world.container.flow().change(lambda flow: flow.limit(Limits(at_once=1)))

    limited = explain(world)
    world.container.flow().change(lambda flow: flow.limit(Limits(at_once=2)))

    assert limited.why is Why.LIMITED
    assert limited.summary.startswith("It waits for the limits of processing to let it start, and")
    assert explain(world).why is Why.IN_LINE


def test_while_as_many_of_its_users_run_as_may_it_waits_for_them(world: World) -> None:
    complete_one(world)
    place(world, "running")
    start(world, "running")
    place(world)
    world.container.flow().change(lambda flow: flow.limit(Limits(), Limits(at_once=1)))

    limited = explain(world)
    world.container.flow().change(lambda flow: flow.limit(Limits(), Limits(at_once=2)))

    assert (limited.why, limited.line) == (Why.USER_LIMITED, None)
    assert limited.summary == ("It waits for the limits of its user's orders to let it start.")
    assert explain(world).why is Why.IN_LINE


def test_while_nobody_can_be_reached_it_says_so(world: World) -> None:
    place(world)
    for _ in range(FAILURES_IN_A_ROW):
        world.container.breaker().failed(an_order("other"), "connection refused")

    found = explain(world)

    assert found.why is Why.UNAVAILABLE
    assert "until whoever does the work can be reached again" in found.summary
