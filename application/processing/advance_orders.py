"""AdvanceOrders: store what came of orders, and the starts of others, in one call."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from application.ports import Clock, OrderRepository, RepositoryError
from application.processing.breaker import Breaker
from application.processing.gate import Gate
from application.processing.give_back import GiveBack
from application.processing.held_orders import HeldOrders
from application.processing.overflow import Overflow
from application.processing.starts_in_doubt import StartsInDoubt
from domain.change import Change
from domain.order import Order
from domain.retry_policy import RetryPolicy

log = logging.getLogger(__name__)


class Started(NamedTuple):
    """What is to be worked on now."""

    orders: list[Order]
    too_late: int = 0  # of those that waited: another worker was first, or they were cancelled
    is_more_due: bool = False  # perhaps: as many were found as there was room for
    pause_seconds: float = 0.0  # before the next look for them, unless outcomes come first


class AdvanceOrders:
    """Starts and finishes orders; `owner` names this process, `lease` is how long it may be silent.

    A commit is what an order costs, so as many as have gathered share one.
    """

    def __init__(
        self,
        repository: OrderRepository,
        clock: Clock,
        held_orders: HeldOrders,
        gate: Gate,
        breaker: Breaker,
        give_back: GiveBack,
        overflow: Overflow,
        policy: RetryPolicy,
        lease: timedelta,
        owner: str,
    ) -> None:
        self._repository = repository
        self._clock = clock
        self._held = held_orders
        self._gate = gate
        self._breaker = breaker
        self._give_back = give_back
        self._overflow = overflow
        self._policy = policy
        self._lease = lease
        self._owner = owner
        self._in_doubt = StartsInDoubt(repository, held_orders, owner)

    def __call__(
        self, outcomes: Sequence[Change], waiting: Sequence[Order], room: int = 0
    ) -> Started:
        """Start those of `waiting` that can be, and up to `room` orders that are due in the store.

        What is started is held. One of `waiting` that another worker has started, or that was
        cancelled, is held no longer. While the gate is narrow, `waiting` are given back, and no
        more due orders start than it lets through. The outcome of an order that has passed to
        another holder changes nothing; the log says so. Blocks on the store. Raises
        RepositoryError: then call again with the same outcomes, for which the leases go on. After
        OutcomeUnknown the next call returns, besides, those of its starts that are found to be
        stored.
        """
        found = self._in_doubt.find()
        held: list[Change] = []
        for outcome in outcomes:
            if self._held.holds(outcome.old):
                held.append(outcome)
            else:
                self._finish(outcome, recorded=False)
        is_narrow = self._gate.is_narrow
        if is_narrow:
            waiting, room = self._only_due(waiting, room)
        now = self._clock.now()
        starts = [self._start(order, now) for order in waiting]
        changes = [*held, *starts]
        is_more_due, pause_seconds = False, 0.0
        if room > 0 and not self._held.closed:
            done, started = self._start_due(changes, now, room, within_flow=is_narrow)
            # While it is narrow, there may be more although fewer were found; but for later.
            is_more_due = is_narrow or len(started) == room
            pause_seconds = self._gate.pause_after(len(started)) if is_narrow else 0.0
            self._overflow.found_due(more_than_room=is_more_due)
        else:
            done, started = self._repository.update(changes) if changes else [], []
        self._in_doubt.clear()
        started += found
        for outcome, recorded in zip(held, done[: len(held)], strict=True):
            self._finish(outcome, recorded)
        for start, is_mine in zip(starts, done[len(held) :], strict=True):
            if is_mine:
                started.append(start.new)
            else:
                self._held.drop(start.old)
        too_late = len(starts) - sum(done[len(held) :])
        begun = [order for order in started if self._hold(order)]
        if is_narrow:
            self._breaker.note_started(begun)
        return Started(begun, too_late, is_more_due, pause_seconds)

    def _only_due(self, waiting: Sequence[Order], room: int) -> tuple[Sequence[Order], int]:
        """What a narrow gate lets through."""
        if waiting:
            self._give_back(waiting)
        return [], self._breaker.room(self._gate.room(room))

    def _start_due(
        self, changes: list[Change], now: datetime, room: int, *, within_flow: bool
    ) -> tuple[list[bool], list[Order]]:
        return self._repository.start_due(
            changes,
            lambda order: self._start(order, now),
            now=now,
            # Rightly none is due later: a back-off ends within the cap, a lease within two.
            horizon=now + max(self._policy.cap, 2 * self._lease),
            limit=room,
            within_flow=within_flow,
        )

    def _start(self, order: Order, now: datetime) -> Change:
        start = order.start(now, self._lease, self._owner)
        self._in_doubt.note(start.new)
        return start

    def _hold(self, started: Order) -> bool:
        """False once a clean stop has given back all there was: then this is given back too."""
        if self._held.put(started):
            return True
        with suppress(RepositoryError):  # then its lease will end
            self._repository.update([started.release(self._clock.now())])
        return False

    def _finish(self, outcome: Change, recorded: bool) -> None:
        """Hold its order no longer; report one that was lost."""
        if not recorded and not self._finds(outcome.new):
            log.warning(
                "order %s is no longer held here; attempt %d dropped",
                outcome.old.order_id,
                outcome.old.attempt,
            )
        self._held.drop(outcome.old)

    def _finds(self, outcome: Order) -> bool:
        """Whether an earlier try has stored it; its deadline may have been moved since."""
        with suppress(RepositoryError):
            stored = self._repository.get(outcome.order_id)
            return stored is not None and stored._replace(due_at=outcome.due_at) == outcome
        return False
