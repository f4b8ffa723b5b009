"""Some processes on one repository, where everything goes wrong that can; a seed decides when."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random

from adapters.clock import ManualClock
from adapters.memory.orders import InMemoryOrderRepository
from adapters.memory.views import InMemoryOrderViews
from application.orders.report_result import Result
from application.ports import Accepted, Once, OrderRejected, RepositoryUnavailable, RetryLater
from domain.change import Change
from domain.errors import IllegalTransition, StaleAttempt
from domain.order import Order
from tests.application.simulated_process import Attempt, Process
from tests.application.stories import LEASE_SECONDS, SWEEP_SECONDS, place


class UnreliableRepository(InMemoryOrderRepository):
    """Is down now and then, until `is_reliable` is set."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random
        self.is_reliable = False

    def add(self, orders: Sequence[Order], once: Once | None = None) -> list[str]:
        self._be_down_sometimes()
        return super().add(orders, once)

    def update(self, changes: Sequence[Change], once: Once | None = None) -> list[bool]:
        self._be_down_sometimes()
        return super().update(changes, once)

    def reschedule(
        self, orders: Sequence[Order], due_at: datetime, *, if_due_at_unchanged: bool = False
    ) -> list[bool]:
        self._be_down_sometimes()
        return super().reschedule(orders, due_at, if_due_at_unchanged=if_due_at_unchanged)

    def _be_down_sometimes(self) -> None:
        if not self.is_reliable and self._random.random() < 0.05:
            raise RepositoryUnavailable("the database is down")


def report(process: Process, order_id: str, attempt: int, reason: str | None = None) -> None:
    """Whoever goes on with an order says that it is completed, or why it has failed."""
    process.world.container.report_result()(
        Result(
            order_id=order_id,
            attempt=attempt,
            is_completed=reason is None,
            reason=reason,
            may_retry=reason != "never",
        )
    )


class Simulation:
    """Misbehave first, then recover; afterwards every promise must have been kept."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self.repository = UnreliableRepository(self._random)
        self.views = InMemoryOrderViews(self.repository.database)
        self.clock = ManualClock()
        self.accepted: list[str] = []  # acknowledged to customers
        self._processes = [self._new_process() for _ in range(3)]

    def misbehave(self, steps: int) -> None:
        """Take `steps` steps at random, most of them harmless."""
        weights: dict[Callable[[Process], None], int] = {
            self._place: 8,
            self._start: 20,
            self._end: 12,
            self._call_back: 6,
            self._beat: 12,
            self._sweep: 20,
            self._let_time_pass: 12,
            self._meddle: 2,
            self._stick: 2,
            self._kill: 1,
            self._jump: 1,
        }
        for action in self._random.choices([*weights], [*weights.values()], k=steps):
            with suppress(RepositoryUnavailable):
                action(self._random.choice(self._processes))

    def recover(self, seconds: int) -> None:
        """Stop all faults, and let the processes do their work for `seconds`."""
        self.repository.is_reliable = True
        for process in self._processes:
            for attempt in process.attempts:
                while attempt.is_running:  # it may have a start in doubt to work on, too
                    attempt.end(None)
            process.attempts.clear()
        for order_id in self.accepted:
            order = self.repository.get(order_id)
            if order is not None and order.is_parked:
                report(self._processes[0], order_id, order.attempt)
        for second in range(0, seconds, SWEEP_SECONDS):
            self.clock.advance(seconds=SWEEP_SECONDS)
            for process in self._processes:
                process.world.sweep()
                if second % (LEASE_SECONDS // 3) == 0:
                    process.world.beat()
                while process.fetch_hints():
                    process.follow(process.hints.pop())

    def held(self) -> list[Order]:
        """What the processes still hold."""
        return [
            order
            for process in self._processes
            for order in process.world.container.held_orders().all()
        ]

    def _new_process(self) -> Process:
        return Process(self.repository, self.clock, self._random)

    def _place(self, process: Process) -> None:
        self.accepted.append(place(process.world, f"ORD{self._random.random()}").order_id)

    def _start(self, process: Process) -> None:
        hints = process.fetch_hints()
        if hints:
            hint = self._random.choice(hints)
            if self._random.random() < 0.9:  # else it is repeated later on
                hints.remove(hint)
            attempt = Attempt(process.follow, hint)
            process.attempts += [attempt] if attempt.is_running else []

    def _end(self, process: Process) -> None:
        if process.attempts:
            attempt = self._random.choice(process.attempts)
            wait = timedelta(seconds=self._random.uniform(0, 100))
            problems = [ValueError("no stock"), RetryLater("later", wait), OrderRejected("never")]
            endings = [None, Accepted(within=wait), *problems, SystemExit()]
            attempt.end(self._random.choices(endings, [40, 20, 25, 9, 3, 3])[0])
            process.attempts = [each for each in process.attempts if each.is_running]

    def _call_back(self, process: Process) -> None:
        if self.accepted:
            order = self.repository.get(self._random.choice(self.accepted))
            assert order is not None
            attempt = order.attempt - self._random.choice([0, 0, 0, 1])
            reason = self._random.choice([None, "never", "not yet"])
            with suppress(StaleAttempt, IllegalTransition):
                report(process, order.order_id, attempt, reason)

    def _beat(self, process: Process) -> None:
        if not process.is_stuck:
            process.world.beat()

    def _sweep(self, process: Process) -> None:
        if not process.is_stuck:
            process.world.sweep()

    def _let_time_pass(self, process: Process) -> None:
        self.clock.advance(seconds=self._random.uniform(0, 5))

    def _jump(self, process: Process) -> None:
        self.clock.jump(seconds=self._random.choice([-86_400, -3_600, -20, 20, 3_600, 86_400]))

    def _stick(self, process: Process) -> None:
        process.is_stuck = not process.is_stuck

    def _kill(self, process: Process) -> None:
        process.mortal.is_dead = True
        for attempt in process.attempts:
            attempt.end(None)
        self._processes[self._processes.index(process)] = self._new_process()

    def _meddle(self, process: Process) -> None:
        if self.accepted:
            order = self.repository.get(self._random.choice(self.accepted))
            assert order is not None
            step = self._random.choice([Order.cancel, Order.retry])
            with suppress(IllegalTransition):
                self.repository.update([step(order, self.clock.now())])
