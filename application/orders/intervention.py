"""Intervention: what somebody asks to be done with one order, and how it is done to it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from application.orders.repeatable import Repeatable
from application.ports import Clock, OrderRepository
from application.views.get_status import GetStatus
from domain.change import Change
from domain.errors import OrderChanged
from domain.events import CLIENT, Actor
from domain.order import Order
from domain.rules import check_reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    """What is asked, by whom and why."""

    order_id: str
    actor: Actor = CLIENT
    reason: str | None = None
    if_seq: frozenset[int] | None = None  # only if the order's `seq` is one of these
    repeatable: Repeatable | None = None


Step = Callable[[Order, datetime], Change | None]


class Intervene:
    """Takes one step of a stored order, whatever else happens to it meanwhile."""

    def __init__(self, repository: OrderRepository, clock: Clock) -> None:
        self._find = GetStatus(repository)
        self._repository = repository
        self._clock = clock

    def __call__(self, asked: Intervention, step: Step) -> Order:
        """The order after the step; or as it is, where `step` says None: it was taken before.

        Of two that race for an order one wins; the other sees what came of it, and `step` is asked
        again. Raises what `step` does, InvalidOrder for a bad reason, OrderNotFound, OrderChanged,
        RepositoryError, and KeyUsed for a repeated request. After OutcomeUnknown the same call is
        safe to repeat.
        """
        if asked.reason is not None:
            check_reason(asked.reason)
        while True:  # each round more is a change that somebody else made
            order = self._find(asked.order_id)
            now = self._clock.now()
            if asked.if_seq is not None and order.seq not in asked.if_seq:
                raise OrderChanged(order.order_id)
            change = step(order, now)
            new = order if change is None else change.new
            repeatable = asked.repeatable
            once = None if repeatable is None else repeatable.once(new, now)
            changes = [] if change is None else [change]
            if not (changes or once) or all(self._repository.update(changes, once)):
                return new
