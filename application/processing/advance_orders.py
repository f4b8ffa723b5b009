"""AdvanceOrders: store what came of orders, and the starts of others, in one call."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from application.ports import Clock, OrderRepository, RepositoryError
from application.processing.held_orders import HeldOrders
from domain.order import Change, Order

log = logging.getLogger(__name__)


class AdvanceOrders:
    """Starts and finishes orders; `owner` names this process, `lease` is how long it may be silent.

    A commit is what an order costs, so as many as have gathered share one.
    """

    def __init__(
        self,
        repository: OrderRepository,
        clock: Clock,
        held_orders: HeldOrders,
        lease: timedelta,
        owner: str,
    ) -> None:
        self._repository = repository
        self._clock = clock
        self._held = held_orders
        self._lease = lease
        self._owner = owner

    def __call__(self, outcomes: Sequence[Change], waiting: Sequence[Order]) -> list[Order]:
        """Those of `waiting` that are started now, and held, to be worked on. Blocks on the store.

        One that another worker has started, or that was cancelled, is held no longer. The outcome
        of an order that has passed to another holder changes nothing; the log says so. Raises
        RepositoryError: then call again with the same outcomes, for which the leases go on.
        """
        held: list[Change] = []
        for outcome in outcomes:
            if self._held.holds(outcome.old):
                held.append(outcome)
            else:
                self._finish(outcome, recorded=False)
        now = self._clock.now()
        starts = [order.start(now, self._lease, self._owner) for order in waiting]
        if not held and not starts:
            return []
        done = self._repository.update([*held, *starts])
        for outcome, recorded in zip(held, done[: len(held)], strict=True):
            self._finish(outcome, recorded)
        return [
            start.new
            for start, is_mine in zip(starts, done[len(held) :], strict=True)
            if self._hold(start, is_mine)
        ]

    def _hold(self, start: Change, is_mine: bool) -> bool:
        if not is_mine:
            self._held.drop(start.old)
            return False
        if not self._held.put(start.new):  # a clean stop has given back all there was
            with suppress(RepositoryError):  # then its lease will end
                self._repository.update([start.new.release(self._clock.now())])
            return False
        return True

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
