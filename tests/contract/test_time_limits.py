"""Workers with a time limit for attempts: what takes longer is reported, and keeps nobody."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from queue import Empty, SimpleQueue

import pytest

from adapters.clock import SystemClock
from adapters.in_process.workers import Finished, Workers
from adapters.processors.function import AsyncFunctionProcessor, FunctionProcessor
from application.processing.outcomes import Outcomes
from domain.change import Change
from domain.order import Order
from domain.retry_policy import RetryPolicy
from entrypoints.wiring.processors import Processor, workers_for
from tests.harness.builders import LEASE, START, a_breaker, an_order
from tests.harness.waits import LIMIT_SECONDS, wait_until

TOO_LONG = "took longer than 0.1 s"


class Outside:
    """What the orders of a test wait for, and what came of them."""

    def __init__(self) -> None:
        self.may_end = threading.Event()
        self.ended: list[str] = []
        self._finished: SimpleQueue[Finished] = SimpleQueue()

    def block(self, order: Order) -> None:
        """A user's function, which waits for orders whose names begin with "slow"."""
        if order.order_id.startswith("slow"):
            self.may_end.wait()
        self.ended.append(order.order_id)

    def report(self, finished: Sequence[Finished]) -> None:
        for each in finished:
            self._finished.put(each)

    def next_outcome(self, within: float = LIMIT_SECONDS) -> Change:
        _, outcome = self._finished.get(timeout=within)
        assert outcome is not None
        return outcome

    def nothing_more(self) -> bool:
        return self._finished.empty()


@pytest.fixture
def outside() -> Iterator[Outside]:
    made = Outside()
    yield made
    made.may_end.set()


def workers(processor: Processor, max_workers: int = 2) -> Workers:
    limit = timedelta(seconds=0.1)
    clock = SystemClock()
    outcomes = Outcomes(clock, RetryPolicy(), LEASE, limit, a_breaker(clock))
    return workers_for(processor, outcomes, max_workers)


def begin(made: Workers, outside: Outside, *order_ids: str) -> None:
    assert made.prepare(len(order_ids)) >= len(order_ids)
    made.begin(
        [an_order(order_id).start(START, LEASE, "me").new for order_id in order_ids],
        outside.report,
    )


def failed(outcome: Change) -> bool:
    return outcome.new.failures == 1 and outcome.new.reason == TOO_LONG


def test_an_attempt_in_a_thread_that_takes_too_long_has_failed(outside: Outside) -> None:
    begin(workers(FunctionProcessor(outside.block)), outside, "slow")

    assert failed(outside.next_outcome())


def test_what_comes_of_it_later_is_ignored_and_its_thread_goes_on(outside: Outside) -> None:
    made = workers(FunctionProcessor(outside.block), max_workers=1)
    begin(made, outside, "slow")
    outside.next_outcome()

    outside.may_end.set()
    wait_until(lambda: outside.ended == ["slow"])
    for number in range(10):
        begin(made, outside, f"quick-{number}")
        assert outside.next_outcome().new.order_id == f"quick-{number}"

    assert outside.nothing_more()


def test_a_thread_that_is_late_is_replaced(outside: Outside) -> None:
    made = workers(FunctionProcessor(outside.block))
    begin(made, outside, "slow-1", "slow-2")
    assert all(failed(outside.next_outcome()) for _ in range(2))

    begin(made, outside, "quick-1", "quick-2")

    assert {outside.next_outcome().new.order_id for _ in range(2)} == {"quick-1", "quick-2"}


def hang_all_threads(made: Workers, outside: Outside) -> None:
    """Two that are late, two that replaced them, and whose orders cannot be given up."""
    begin(made, outside, "slow-1", "slow-2")
    assert all(failed(outside.next_outcome()) for _ in range(2))
    begin(made, outside, "slow-3", "slow-4")


def test_no_more_attempts_are_given_up_than_there_are_workers(
    outside: Outside, caplog: pytest.LogCaptureFixture
) -> None:
    hang_all_threads(workers(FunctionProcessor(outside.block)), outside)

    with pytest.raises(Empty):
        outside.next_outcome(within=0.5)  # five times the limit

    assert "2 workers are still busy with attempts that took too long" in caplog.text


def test_those_that_hang_are_given_up_once_others_are_free(outside: Outside) -> None:
    made = workers(FunctionProcessor(outside.block))
    hang_all_threads(made, outside)

    outside.may_end.set()

    ended = {outside.next_outcome().new.order_id for _ in range(2)}
    assert ended == {"slow-3", "slow-4"}  # given up, or done at last
    wait_until(lambda: len(outside.ended) == 4)
    begin(made, outside, "quick")
    assert outside.next_outcome().new.order_id == "quick"


def test_an_attempt_in_time_is_reported_once(outside: Outside) -> None:
    made = workers(FunctionProcessor(outside.block))
    begin(made, outside, "quick", "slow")

    outcomes = [outside.next_outcome() for _ in range(2)]

    assert [outcome.new.order_id for outcome in outcomes] == ["quick", "slow"]
    assert outside.nothing_more()


def test_an_attempt_on_the_event_loop_that_takes_too_long_is_cancelled(outside: Outside) -> None:
    async def wait_for_ever(_: Order) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            outside.ended.append("cancelled")

    made = workers(AsyncFunctionProcessor(wait_for_ever))
    begin(made, outside, "slow")

    assert failed(outside.next_outcome())
    assert outside.ended == ["cancelled"]
    made.stop()


def test_one_that_will_not_be_cancelled_has_failed_all_the_same(outside: Outside) -> None:
    async def go_on(_: Order) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            outside.ended.append("done, but late")

    made = workers(AsyncFunctionProcessor(go_on))
    begin(made, outside, "slow")

    assert failed(outside.next_outcome())
    made.stop()


def test_a_time_out_of_the_processors_own_is_its_own(outside: Outside) -> None:
    async def time_out(_: Order) -> None:
        raise TimeoutError("of the warehouse")

    made = workers(AsyncFunctionProcessor(time_out))
    begin(made, outside, "quick")

    assert outside.next_outcome().new.public_reason == "TimeoutError"
    made.stop()
