"""RetryOrders: give many failed orders a fresh set of attempts."""

from collections.abc import Callable
from typing import NamedTuple

from application.ports import Clock, OrderFilter, OrderList, OrderRepository, Place
from domain.events import CLIENT, Actor
from domain.rules import check_reason
from domain.transitions import OrderStatus

AT_ONCE = 200  # orders in one transaction, for which others wait


class Retried(NamedTuple):
    """What a call has done."""

    retried: int
    next: Place | None  # where the next call goes on; None when it has looked at all orders


class RetryOrders:
    """Failed -> Pending, due now; `wake` has the dispatcher look for them."""

    def __init__(
        self,
        order_list: OrderList,
        repository: OrderRepository,
        clock: Clock,
        wake: Callable[[], object],
    ) -> None:
        self._list = order_list
        self._repository = repository
        self._clock = clock
        self._wake = wake

    def __call__(
        self,
        wanted: OrderFilter,
        actor: Actor = CLIENT,
        reason: str | None = None,
        *,
        most: int,
        after: Place | None = None,
        on_progress: Callable[[int], None] = lambda count: None,
    ) -> Retried:
        """Retry the failed ones of the wanted orders, oldest first, each at most once.

        Stops at the end of a transaction when there were `most` or more; `after` goes on from
        there. `on_progress` gets how many each transaction retried. Safe to repeat: what has been
        retried has failed no longer. Raises InvalidOrder for a bad reason, and RepositoryError,
        with the transactions before it stored.
        """
        if reason is not None:
            check_reason(reason)
        failed = wanted._replace(status=OrderStatus.FAILED)
        count, place = 0, after
        while True:
            page = self._list.page(failed, newest_first=False, after=place, limit=AT_ONCE)
            now = self._clock.now()
            changes = [order.retry(now, actor, reason) for order in page.orders]
            retried = sum(self._repository.update(changes)) if changes else 0
            if retried:
                self._wake()
                on_progress(retried)
            count, place = count + retried, page.next
            if place is None or count >= most:
                return Retried(count, place)
