"""Repositories in memory that fail, or are interrupted, exactly where a test wants it."""

from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from datetime import datetime

from adapters.memory.orders import InMemoryOrderRepository
from application.ports import Once, OutcomeUnknown, RepositoryUnavailable
from domain.change import Change
from domain.order import Order
from domain.transitions import OrderStatus

UP, DOWN = True, False


class FailingRepository(InMemoryOrderRepository):
    """Fails as planned: after plan["update"].extend([UP, DOWN]), the second update does."""

    def __init__(self) -> None:
        super().__init__()
        self.plan: dict[str, deque[bool]] = defaultdict(deque)

    def add(self, orders: Sequence[Order], once: Once | None = None) -> list[str]:
        self._follow("add")
        return super().add(orders, once)

    def update(self, changes: Sequence[Change], once: Once | None = None) -> list[bool]:
        self._follow("update")
        return super().update(changes, once)

    def reschedule(
        self, orders: Sequence[Order], due_at: datetime, *, if_due_at_unchanged: bool = False
    ) -> list[bool]:
        self._follow("reschedule")
        return super().reschedule(orders, due_at, if_due_at_unchanged=if_due_at_unchanged)

    def get(self, order_id: str) -> Order | None:
        self._follow("get")
        return super().get(order_id)

    def _follow(self, call: str) -> None:
        plan = self.plan[call]
        if plan and plan.popleft() is DOWN:
            raise RepositoryUnavailable("the database is down")


class CountingRepository(FailingRepository):
    """Remembers how many orders each update, and each move of deadlines, had."""

    def __init__(self) -> None:
        super().__init__()
        self.updates: list[int] = []
        self.moves: list[int] = []

    def update(self, changes: Sequence[Change], once: Once | None = None) -> list[bool]:
        self.updates.append(len(changes))
        return super().update(changes, once)

    def reschedule(
        self, orders: Sequence[Order], due_at: datetime, *, if_due_at_unchanged: bool = False
    ) -> list[bool]:
        self.moves.append(len(orders))
        return super().reschedule(orders, due_at, if_due_at_unchanged=if_due_at_unchanged)


class ForgetfulRepository(CountingRepository):
    """Loses the answer to the next update on request, after it was stored."""

    loses_answer = False

    def update(self, changes: Sequence[Change], once: Once | None = None) -> list[bool]:
        done = super().update(changes, once)
        if self.loses_answer:
            self.loses_answer = False
            raise OutcomeUnknown("connection reset")
        return done


class InterruptedRepository(InMemoryOrderRepository):
    """Lets something happen after a sweep has read what is due, before it writes."""

    def __init__(self, status: OrderStatus) -> None:
        super().__init__()
        self._interrupted = status
        self.meanwhile: Callable[[], None] = lambda: None

    def find_due(
        self, status: OrderStatus, *, now: datetime, horizon: datetime, limit: int
    ) -> list[Order]:
        found = super().find_due(status, now=now, horizon=horizon, limit=limit)
        if status is self._interrupted:
            meanwhile, self.meanwhile = self.meanwhile, lambda: None
            meanwhile()
        return found
