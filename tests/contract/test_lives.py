"""Random lives of orders, against a model of what a reader would expect; in memory and on SQLite.

Clients, operators and workers act in any order, workers vanish, others call back, and the wall
clock jumps.
"""

import shutil
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from dependency_injector.providers import Object
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from adapters.memory.stores import InMemoryStores
from adapters.processors.function import FunctionProcessor
from adapters.processors.scripted import ScriptedProcessor
from application.flow.pause_processing import Pause
from application.orders.intervention import Intervention
from application.orders.report_result import Result
from application.ports import Accepted, OrderRejected, RetryLater
from domain.errors import DuplicateOrder, IllegalTransition, OrderNotFound
from domain.order import Order
from domain.totals import Totals
from domain.transitions import EventKind, OrderStatus
from tests.application.stories import LEASE_SECONDS, place
from tests.conftest import World
from tests.contract.databases import Stores, migrated_file, open_stores
from tests.harness.builders import LEASE, leads
from tests.harness.one_at_a_time import process

MAX_ATTEMPTS, MAX_CRASHES = 2, 2
PENDING, PROCESSING, COMPLETED, FAILED, CANCELLED = OrderStatus
OUTCOMES: dict[str, BaseException | None] = {
    "completes": None,
    "fails": ValueError("no stock"),
    "is rejected": OrderRejected("not sold any more"),
    "waits": RetryLater("closed", timedelta(seconds=5)),
}
YEARS = timedelta(days=3_650)  # more than the clock jumps by in all
order_ids = st.sampled_from(["a", "b", "c"])


@dataclass
class Expected:
    """What the model knows of an order."""

    status: OrderStatus = PENDING
    is_held: bool = False
    is_parked: bool = False
    failures: int = 0
    crashes: int = 0
    attempts: int = 0
    was_retried_last: bool = False


class Lives(RuleBasedStateMachine):
    """On a store in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.stores: Stores = self.open()
        self.world = World(max_attempts=str(MAX_ATTEMPTS), max_crashes=str(MAX_CRASHES))
        self.world.container.repository.override(Object(self.stores.orders))
        self.world.container.views.override(Object(self.stores.views))
        self.world.container.flow.override(Object(self.stores.flow))
        self.world.begin_to_sweep()
        self.model: dict[str, Expected] = {}
        self.is_paused = False

    def open(self) -> Stores:
        return InMemoryStores()

    @rule(order_id=order_ids)
    def create(self, order_id: str) -> None:
        try:
            place(self.world, order_id)
        except DuplicateOrder:
            assert order_id in self.model
        else:
            assert order_id not in self.model
            self.model[order_id] = Expected()

    @rule(order_id=order_ids, seconds=st.integers(1, 200))
    def schedule(self, order_id: str, seconds: int) -> None:
        """A client asks for an order that is not to start before a time."""
        if order_id not in self.model:
            not_before = self.world.clock.now() + timedelta(seconds=seconds)
            place(self.world, order_id, not_before)
            self.model[order_id] = Expected()

    @rule(order_id=order_ids)
    def cancel(self, order_id: str) -> None:
        if self._intervene("cancel_order", order_id, {PENDING, FAILED, CANCELLED}):
            one = self.model[order_id]
            if one.status is not CANCELLED:
                one.status, one.is_held, one.was_retried_last = CANCELLED, False, False

    @rule(order_id=order_ids)
    def retry(self, order_id: str) -> None:
        was_retried = order_id in self.model and self.model[order_id].was_retried_last
        allowed = {FAILED, PENDING} if was_retried else {FAILED}
        if self._intervene("retry_order", order_id, allowed):
            one = self.model[order_id]
            one.status, one.failures, one.crashes, one.was_retried_last = PENDING, 0, 0, True

    @rule(order_id=order_ids)
    def hold(self, order_id: str) -> None:
        if self._intervene("hold_order", order_id, {PENDING}):
            one = self.model[order_id]
            one.was_retried_last = one.was_retried_last and one.is_held
            one.is_held = True

    @rule(order_id=order_ids)
    def release(self, order_id: str) -> None:
        if self._intervene("unhold_order", order_id, {PENDING, PROCESSING}):
            one = self.model[order_id]
            one.was_retried_last = one.was_retried_last and not one.is_held
            one.is_held = False

    @rule(order_id=order_ids, outcome=st.sampled_from(sorted(OUTCOMES)))
    def work(self, order_id: str, outcome: str) -> None:
        """A hint for the order, perhaps a late one, comes to a worker."""
        order = self._free(order_id)
        if order is None or self.is_paused:
            return
        self.world.process_with(ScriptedProcessor(OUTCOMES[outcome]))
        process(self.world.container, order)
        self.world.container.processor.reset_last_overriding()
        one = self.model[order_id]
        one.attempts += 1
        one.was_retried_last = False
        match outcome:
            case "completes":
                one.status = COMPLETED
            case "is rejected":
                one.failures += 1
                one.status = FAILED
            case "fails":
                one.failures += 1
                one.status = FAILED if one.failures >= MAX_ATTEMPTS else PENDING

    @rule()
    def pause(self) -> None:
        self.world.container.pause_processing()(Pause())
        self.world.container.follow_flow()()
        self.is_paused = True

    @rule()
    def resume(self) -> None:
        self.world.container.resume_processing()()
        self.world.container.follow_flow()()
        self.is_paused = False

    @rule(room=st.integers(1, 3))
    def take_what_is_due(self, room: int) -> None:
        """A worker looks for due orders, and completes them."""
        advance = self.world.container.advance_orders()
        started = advance([], [], room).orders
        assert not (self.is_paused and started)
        for order in started:
            one = self.model[order.order_id]
            assert (one.status, one.is_held) == (PENDING, False)
            assert order.not_before is None or order.not_before <= self.world.clock.now()
            one.status, one.was_retried_last = COMPLETED, False
            one.attempts += 1
        advance([order.complete(self.world.clock.now()) for order in started], [])

    @rule(order_id=order_ids)
    def accept(self, order_id: str) -> None:
        """Whoever does the work takes the order, and will call back."""
        order = self._free(order_id)
        if order is not None and not self.is_paused:
            self.world.process_with(FunctionProcessor(lambda _: Accepted(YEARS)))
            process(self.world.container, order)
            self.world.container.processor.reset_last_overriding()
            one = self.model[order_id]
            one.status, one.is_parked, one.was_retried_last = PROCESSING, True, False
            one.attempts += 1

    @rule(order_id=order_ids, is_completed=st.booleans())
    def call_back(self, order_id: str, *, is_completed: bool) -> None:
        """Somebody says what came of the present attempt, whether it was asked for or not."""
        one = self.model.get(order_id, Expected())
        result = Result(
            order_id=order_id,
            attempt=one.attempts,
            is_completed=is_completed,
            reason="no stock",
        )
        end = COMPLETED if is_completed else FAILED
        try:
            self.world.container.report_result()(result)
        except OrderNotFound:
            assert order_id not in self.model
        except IllegalTransition:
            assert one.status not in {PROCESSING, end}
        else:
            assert one.status in {PROCESSING, end}
            if one.status is PROCESSING:
                one.failures += not is_completed
                one.status, one.is_parked = end, False

    @rule(order_id=order_ids)
    def vanish(self, order_id: str) -> None:
        """A worker starts the order, and is never heard of again."""
        order = self._free(order_id)
        if order is not None:
            start = order.start(self.world.clock.now(), LEASE, "gone")
            assert self.stores.orders.update([start]) == [True]
            one = self.model[order_id]
            one.status, one.was_retried_last = PROCESSING, False
            one.attempts += 1

    @rule(order_id=order_ids)
    def finish_late(self, order_id: str) -> None:
        """A worker that was given up long ago comes back with its outcome."""
        order = self.stores.orders.get(order_id)
        if order is not None and order.attempt > 0 and order.status is not PROCESSING:
            events = self.stores.views.history(order_id)
            started = next(event for event in events if event.kind is EventKind.STARTED)
            late = order._replace(
                status=PROCESSING, seq=started.seq, attempt=started.attempt, owner="late"
            )
            now = max(self.world.clock.now(), order.changed_at)
            assert self.stores.orders.update([late.complete(now)]) == [False]

    @precondition(lambda self: any(one.status is PROCESSING for one in self.model.values()))
    @rule()
    def recover(self) -> None:
        """Time passes, and sweepers look after what silent workers had."""
        for _ in range(4 * LEASE_SECONDS):
            self.world.clock.advance(seconds=1)
            self.world.container.recover_orders()()
        for one in self.model.values():
            if one.status is PROCESSING and not one.is_parked:
                one.crashes += 1
                one.status = FAILED if one.crashes >= MAX_CRASHES else PENDING

    @rule(seconds=st.integers(-100_000, 100_000))
    def jump(self, seconds: int) -> None:
        """Somebody sets the wall clock."""
        self.world.clock.jump(seconds=seconds)

    @invariant()
    def the_orders_are_as_the_model_says(self) -> None:
        for order_id, one in self.model.items():
            order = self.stores.orders.get(order_id)
            assert order is not None
            found = order.status, order.is_held, order.failures, order.crashes, order.attempt
            assert found == (one.status, one.is_held, one.failures, one.crashes, one.attempts)

    @invariant()
    def the_counters_are_a_recount(self) -> None:
        statuses = [one.status for one in self.model.values()]
        totals = self.stores.views.totals()
        assert [totals.count(status) for status in OrderStatus] == [
            statuses.count(status) for status in OrderStatus
        ]
        assert isinstance(totals, Totals)

    @invariant()
    def each_status_is_the_fold_of_its_history(self) -> None:
        for order_id, one in self.model.items():
            events = self.stores.views.history(order_id)
            status = PENDING
            for event in events[1:]:
                assert leads(status, event.status)
                status = event.status
            assert status is one.status
            assert [event.seq for event in events] == list(range(1, len(events) + 1))
            times = [event.at for event in events]
            assert times == sorted(times)
            assert [event.kind for event in events].count(EventKind.COMPLETED) <= 1

    def teardown(self) -> None:
        self.stores.close()

    def _free(self, order_id: str) -> Order | None:
        """The order, if a worker may get a hint of it."""
        order = self.stores.orders.get(order_id)
        is_free = order is not None and order.status is PENDING and not order.is_held
        return order if is_free and order is not None and not order.is_scheduled else None

    def _intervene(self, use_case: str, order_id: str, allowed: set[OrderStatus]) -> bool:
        """Whether it was done; it is, exactly for an order in one of these statuses."""
        one = self.model.get(order_id)
        act: Any = getattr(self.world.container, use_case)()
        try:
            act(Intervention(order_id=order_id))
        except OrderNotFound:
            assert one is None
            return False
        except IllegalTransition:
            assert one is not None
            assert one.status not in allowed
            return False
        assert one is not None
        assert one.status in allowed
        return True


class LivesOnSqlite(Lives):
    """On a file of its own."""

    def open(self) -> Stores:
        self.folder = Path(tempfile.mkdtemp(prefix="lives-"))
        return open_stores(migrated_file(self.folder / "orders.db"))

    def teardown(self) -> None:
        super().teardown()
        shutil.rmtree(self.folder)


Lives.TestCase.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
LivesOnSqlite.TestCase.settings = settings(
    max_examples=10, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestLives = Lives.TestCase
TestLivesOnSqlite = LivesOnSqlite.TestCase
