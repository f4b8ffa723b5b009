"""OrderRepository: where orders are kept, and the only way to change them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from domain.order import Change, Order
from domain.transitions import OrderStatus


class OrderRepository(Protocol):
    """Keeps orders, and with them their history and their totals, which never disagree.

    `add` and `update` are, with BatchRepository.fill, the only writes that an order's history
    knows of. Each call is all or nothing, is on disk when it returns, and stores three things
    together: the rows, one event for each change, and the difference in the totals. Every method
    may block on the store for up to ten seconds, may be called from any thread, and raises
    RepositoryUnavailable; those that write raise OutcomeUnknown as well.
    """

    def add(self, orders: Sequence[Order]) -> list[str]:
        """Store new orders. Returns the ids that were taken already, of which nothing changes.

        An id that is twice in `orders` is stored once and returned for the second time.
        """

    def update(self, changes: Sequence[Change]) -> list[bool]:
        """For each change replace old by new: True, or False where the stored order is not `old`.

        It is `old` while its status and attempt are the same: no order is twice in one status
        with one attempt. A change that counts a crash asks for the same due_at as well, so that
        a heartbeat that came first wins. Changes apply in order; each sees those before it.
        """

    def reschedule(
        self, orders: Sequence[Order], due_at: datetime, *, unmoved: bool = False
    ) -> list[bool]:
        """Move the deadline of orders whose status and attempt are still the given ones.

        With `unmoved`, only of those whose stored due_at is also still the given one. Returns
        True for each that was moved. No event, no new time of change.
        """

    def probe(self, at: datetime) -> timedelta:
        """Make a write that concerns no order, behind those that wait: it returns if writes can be.

        Returns the longest lease that a process on this store may be using, by what they have
        agreed on; zero where they have not.
        """

    def get(self, order_id: str) -> Order | None:
        """The order as stored now, every field of it, or None."""

    def find_due(
        self, status: OrderStatus, *, now: datetime, horizon: datetime, limit: int
    ) -> list[Order]:
        """At most `limit` orders of that status that need attention, the longest due first.

        Those whose due_at is not after `now`, and those whose due_at is after `horizon`: no
        honest clock put it so far away.
        """
