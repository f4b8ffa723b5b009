"""OrderRepository: where orders are kept, and the only way to change them."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from application.ports.kept_answers import Once
from domain.change import Change
from domain.order import Order
from domain.transitions import OrderStatus


class OrderRepository(Protocol):
    """Keeps orders, and with them their history and their totals, which never disagree.

    Each call is all or nothing, and is on disk when it returns. `add`, `update`, `start_due` and
    BatchRepository.fill are the only writes that make history, and store three things together:
    the rows, one event for each change, and the difference in the totals; with `once`, if they
    change anything, the answer for its key as well, or they raise KeyUsed. Every method may block
    on the store for up to ten seconds, may be called from any thread, and raises
    RepositoryUnavailable; those that write raise OutcomeUnknown as well.
    """

    def add(self, orders: Sequence[Order], once: Once | None = None) -> list[str]:
        """Store new orders. Returns the ids that existed already; those orders stay as they are.

        Of two orders with one id the first is stored, and the id is returned for the second.
        """

    def update(self, changes: Sequence[Change], once: Once | None = None) -> list[bool]:
        """For each change replace old by new: True, or False where `old` is no longer stored.

        It counts as stored as long as its `seq` is the same, which every change raises. For an
        expiry (`if_due_at_unchanged`) due_at must be the same too, so that a heartbeat that came
        first wins. Changes apply in order; each sees those before it. With `once` and no changes,
        the answer is stored alone: what was asked for is so already.
        """

    def start_due(
        self,
        changes: Sequence[Change],
        start: Callable[[Order], Change],
        *,
        now: datetime,
        horizon: datetime,
        limit: int,
        within_flow: bool = False,
    ) -> tuple[list[bool], list[Order]]:
        """Update by `changes` and start Pending orders that are due, all in one step.

        At most `limit` orders, those that find_due would find once `changes` are stored; but one
        that `changes` make due, or that another process is claiming at this moment, may be passed
        over. With `within_flow`, no more than the stored Flow has room for: calls take turns, on
        all processes, and each counts the starts of those before it. Orders of users who have no
        room of their own are passed over, and their deadlines moved as UserQuota says. `start` may
        be called more than once for an order. Returns what `update` would, and the orders as
        started.
        """

    def hold_due(
        self, until: datetime, *, now: datetime, horizon: datetime, limit: int
    ) -> list[Order]:
        """Move the deadline of Pending orders that are due, and return those orders.

        Chosen as by start_due; it adds no event and leaves changed_at, as reschedule does.
        """

    def reschedule(
        self, orders: Sequence[Order], due_at: datetime, *, if_due_at_unchanged: bool = False
    ) -> list[bool]:
        """Move the deadline of orders that are still the given ones, by their `seq`.

        With `if_due_at_unchanged`, only of those whose stored due_at is still the given one too.
        Returns for each whether it was moved. Adds no event and leaves changed_at.
        """

    def probe(self, at: datetime) -> timedelta:
        """Make a write that touches no order, to find out whether writes go through.

        It takes its turn behind the writes that wait already. `at` is stored as its time. Returns
        the longest lease that a process on this store may be using; zero while none is agreed on.
        """

    def get(self, order_id: str) -> Order | None:
        """The order as stored now, every field of it, or None."""

    def get_many(self, order_ids: Sequence[str]) -> list[Order]:
        """Those of these orders that exist, each once, in any order."""

    def find_due(
        self, status: OrderStatus, *, now: datetime, horizon: datetime, limit: int
    ) -> list[Order]:
        """At most `limit` orders of that status that need attention, the longest due first.

        Those whose due_at is not after `now`, and behind them, while `limit` leaves room, those
        whose due_at is after `horizon`: only a clock that was wrong can have set it. But an order
        that has an appointment, or is not to start yet, may be due at any time, and is found only
        once it is due.
        """
