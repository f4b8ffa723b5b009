"""FollowHint: work on the order that a hint names, if it is still as the hint says."""

from collections.abc import Callable
from datetime import timedelta

from application.ports import Clock, OrderRepository, RepositoryError
from application.processing.holdings import Holdings
from domain.order import Order
from domain.transitions import OrderStatus

PAUSE_SECONDS = 1.0  # while the store is away


class FollowHint:
    """For queues that carry only an id and an attempt; `hold` is how long a hint is good for."""

    def __init__(
        self,
        repository: OrderRepository,
        process: Callable[[Order], None],
        holdings: Holdings,
        clock: Clock,
        hold: timedelta,
    ) -> None:
        self._repository = repository
        self._process = process
        self._holdings = holdings
        self._clock = clock
        self._hold = hold

    def __call__(self, order_id: str, attempt: int) -> None:
        """A stale or repeated hint starts nothing. Waits for a store that is away, if not for long.

        Raises RepositoryError after that: the order is due, and will be hinted at again.
        """
        gives_up_at = self._clock.monotonic() + self._hold.total_seconds()
        while True:
            try:
                return self._follow(order_id, attempt)
            except RepositoryError:
                if self._holdings.closed or self._clock.monotonic() >= gives_up_at:
                    raise
                self._clock.sleep(PAUSE_SECONDS)

    def _follow(self, order_id: str, attempt: int) -> None:
        order = self._repository.get(order_id)
        if order is None or (order.status, order.attempt) != (OrderStatus.PENDING, attempt):
            return  # the hint is stale
        if self._holdings.closed:  # on a clean stop: others need not wait for the hold's end
            self._repository.reschedule([order], self._clock.now())
        else:
            self._process(order)
