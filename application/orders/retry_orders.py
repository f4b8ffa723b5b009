"""RetryOrders: give many failed orders a fresh set of attempts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from application.orders.repeatable import Repeatable
from application.ports import Clock, Once, OrderFilter, OrderList, OrderRepository, Page
from domain.events import CLIENT, Actor
from domain.rules import check_reason
from domain.transitions import OrderStatus

AT_ONCE = 200  # orders in one transaction, for which others wait


@dataclass(frozen=True, slots=True)
class Retried:
    """What a call has done."""

    orders: int
    is_more: bool  # perhaps: it stopped at the most that it may retry


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
        most: int | None = None,
        repeatable: Repeatable | None = None,
        on_progress: Callable[[int], None] = lambda count: None,
    ) -> Retried:
        """Retry the failed ones of the wanted orders, oldest first, each at most once.

        Stops at the end of a transaction when there were `most` or more. `on_progress` gets how
        many each transaction retried. Safe to repeat: what has been retried has failed no longer;
        a `repeatable` request's answer is stored with the last transaction. Raises InvalidOrder for
        a bad reason, KeyUsed for a repeated request, and RepositoryError, with the transactions
        before it stored.
        """
        if reason is not None:
            check_reason(reason)
        failed = wanted._replace(status=OrderStatus.FAILED)
        count, page = 0, Page([], None)
        while True:
            page = self._list.page(failed, newest_first=False, after=page.next, limit=AT_ONCE)
            now = self._clock.now()
            changes = [order.retry(now, actor, reason) for order in page.orders]
            is_enough = most is not None and count + len(changes) >= most
            is_last = is_enough or page.next is None
            result_with = partial(_retried, before=count, is_more=page.next is not None)
            once: Once | None = None
            if repeatable is not None and is_last:
                once = repeatable.once_known(now, result_with)
            done = self._repository.update(changes, once) if changes or once else []
            if any(done):
                self._wake()
                on_progress(sum(done))
            result = result_with(done)
            if is_last:
                return result
            count = result.orders


def _retried(done: Sequence[bool], *, before: int, is_more: bool) -> Retried:
    """Once a transaction has retried these, and earlier ones so many."""
    return Retried(before + sum(done), is_more)
